"""An interpreter against itself: how many cases are called different, and what could be seen."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.core.comparison import Effect, Verdict
from harness.run.ab import Sides
from tests.bench.row import Row, Setting
from tests.studies.side_by_side import (
    Found,
    alarms,
    effects,
    machine_of,
    measured,
    mixed,
    seconds_a_case,
    verdicts,
)

_FALSE: Final = 0.01
_RESOLVED: Final = 0.015
_SHARE: Final = 0.5
_SECONDS: Final = 45.0
_POWER: Final = 0.8
_CONFIDENCE: Final = 0.975
_CASES: Final = 36


def measure(setting: Setting) -> Row:
    """Compare equal networks; what is flagged is measured once more."""
    chosen = mixed(setting.times(_CASES, least=3))
    runs = measured(setting, "same", chosen, Sides())
    found = effects(runs)
    compared = verdicts(found)
    flagged = alarms(compared)
    confirmed = 0
    if flagged:
        cases = [one.case for one in flagged]
        again = verdicts(effects(measured(setting, "same again", cases, Sides())))
        confirmed = len(alarms(again))
    made, seen = len(compared.gated), _resolutions(found)
    fine = sum(one <= _RESOLVED for one in seen) / len(chosen)
    each = seconds_a_case(runs)
    equal = sum(one.verdict is Verdict.EQUIVALENT for one in compared.gated)
    return Row(
        "ab_same",
        f"{confirmed} of {made} confirmed ({len(flagged)} flagged); {fine:.0%} of cases resolve "
        f"{_RESOLVED:.1%}; {each:.1f} s a case",
        f"at most {_FALSE:.0%}; at least {_SHARE:.0%}; at most {_SECONDS:g} s",
        confirmed <= _FALSE * made and fine >= _SHARE and each <= _SECONDS,
        f"{machine_of(runs)}; {equal} of {made} equivalent; control: {compared.control.sentence}\n"
        f"flagged, before any confirmation: at most {_upper(len(flagged), made):.1%} with 95 % "
        "confidence (exact binomial)\n"
        "change from none that would be seen in 80 % of tries (t of each case alone): median "
        f"{np.median(seen):.2%}, quartiles {np.quantile(seen, 0.25):.2%} and "
        f"{np.quantile(seen, 0.75):.2%}\n{_spreads(found)}",
    )


def _resolutions(found: Found) -> list[float]:
    """Return what each case could have seen by its own pairs alone, relative."""
    return [
        math.expm1(_quantiles(one.degrees) * math.sqrt(one.variance * one.scale))
        for one in found
        if isinstance(one, Effect) and one.degrees > 0 and not one.case.replica
    ]


def _quantiles(degrees: float) -> float:
    return float(stats.t.ppf(_CONFIDENCE, degrees) + stats.t.ppf(_POWER, degrees))


def _upper(count: int, made: int) -> float:
    return float(stats.beta.ppf(0.95, count + 1, made - count)) if count < made else 1.0


def _spreads(found: Found) -> str:
    spreads = [math.sqrt(one.variance) for one in found if isinstance(one, Effect)]
    errors = [abs(one.log_ratio) for one in found if isinstance(one, Effect)]
    return (
        f"standard deviation between pairs: median {np.median(spreads):.2%}, 90th percentile "
        f"{np.quantile(spreads, 0.9):.2%}; distance of the mean from none: median "
        f"{np.median(errors):.2%}, largest {max(errors):.2%}"
    )
