"""Networks with 5 % more work, in runs of their own: how many are found."""

from __future__ import annotations

from typing import Final

import numpy as np

from tests.bench.row import Row, Setting
from tests.studies.stored import alarms, stored, verdicts

_FOUND: Final = 0.8


def measure(setting: Setting) -> Row:
    """Compare every equal run with every run of the slower networks."""
    runs = stored(setting)
    found = made = 0
    ratios: list[float] = []
    for base in runs.equal:
        for candidate in runs.slower:
            compared = [one for one in verdicts(base, candidate) if not one.case.replica]
            ratios += [one.ratio.value for one in compared if one.ratio is not None]
            found += len(alarms(compared))
            made += len(compared)
    figure = f"{found / made:.0%} of {made}"
    detail = (
        f"{len(runs.equal)} x {len(runs.slower)} pairs of runs; one layer in twenty more; "
        f"{_middle(ratios)}"
    )
    return Row("stored_slower", figure, f"at least {_FOUND:.0%}", found >= _FOUND * made, detail)


def _middle(ratios: list[float]) -> str:
    if not ratios:
        return "no ratio was seen: the machine was never quiet"
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return f"ratios seen: median {middle:.4f}, middle half {low:.4f} to {high:.4f}"
