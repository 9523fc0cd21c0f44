"""One layer in twenty more on the candidate's side: how many of the cases are found."""

from __future__ import annotations

from typing import Final

import numpy as np

from harness.core.comparison import Verdict
from harness.run.ab import Sides
from tests.bench.row import Row, Setting
from tests.studies.side_by_side import (
    effects,
    machine_of,
    measured,
    mixed,
    seconds_a_case,
    slower,
    verdicts,
)

_FOUND: Final = 0.9
_CASES: Final = 108


def measure(setting: Setting) -> Row:
    """Compare networks with slower ones, in turns on the same core."""
    chosen = mixed(setting.times(_CASES, least=3))
    runs = measured(setting, "slower", chosen, Sides(planted=slower()))
    compared = verdicts(effects(runs))
    found = [one for one in compared.gated if one.verdict is Verdict.SLOWER]
    made = len(chosen)
    ratios = [one.ratio.value for one in compared.gated if one.ratio is not None]
    low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9))
    missed = [one.case.slug for one in compared.gated if one.verdict is not Verdict.SLOWER]
    return Row(
        "ab_slower",
        f"{len(found)} of {made}; {seconds_a_case(runs):.1f} s a case",
        f"at least {_FOUND:.0%}",
        len(found) >= _FOUND * made,
        f"{machine_of(runs)}; 21 layers against 20; ratios seen: median {middle:.4f}, 80 % of them "
        f"from {low:.4f} to {high:.4f}\ncontrol: {compared.control.sentence}\n"
        f"not found: {', '.join(missed) or 'none'}",
    )
