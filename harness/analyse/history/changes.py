"""What changed in a series: the question and its answer."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.analyse.history.series import Change, History, Series
from harness.analyse.history.step import ALERT, Sensitivity, Step, find_steps
from harness.core.comparison import Ratio, Verdict
from harness.core.metric import Better

FLOOR: Final = 0.01
"""Relative; a change below it is not worth a message, even where it is certain."""


def find_changes(
    series: Series, sensitivity: Sensitivity = ALERT, *, floor: float = FLOOR
) -> History:
    """Find the lasting changes of one series.

    Args:
        series: Of one epoch.
        sensitivity: How much evidence a change needs.
        floor: Relative; smaller changes are not looked for. The case's noise floor, where that is
            known and larger.
    """
    history = History(series=series, changes=(), floor=floor)
    if not history.is_long_enough:
        return history
    values = np.array([point.value for point in series.points])
    steps = find_steps(values, sensitivity, floor)
    changes = tuple(_change(step, series.better) for step in steps)
    return History(series=series, changes=changes, floor=floor)


def _change(step: Step, better: Better) -> Change:
    size = step.log_after - step.log_before
    ratio = Ratio(
        value=math.exp(size),
        low=math.exp(size - step.half_width),
        high=math.exp(size + step.half_width),
    )
    return Change(
        place=step.place,
        before=step.before,
        after=step.after,
        ratio=ratio,
        level_before=math.exp(step.log_before),
        level_after=math.exp(step.log_after),
        verdict=_verdict(size, better),
    )


def _verdict(size: float, better: Better) -> Verdict | None:
    if better is Better.NEITHER:
        return None
    costs_more = (size > 0) == (better is Better.LOWER)
    return Verdict.SLOWER if costs_more else Verdict.FASTER
