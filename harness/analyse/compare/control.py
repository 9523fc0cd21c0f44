"""Does the case that was measured twice agree with itself?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.compared import Control
from harness.analyse.compare.decide import Floors, threshold_of
from harness.analyse.compare.effects import Missing, effect_of
from harness.analyse.compare.measured import Key, Measured
from harness.analyse.compare.settings import EXPERIENCED, Settings
from harness.analyse.compare.spread import Spread
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.statistics.student import student_t_tail

_MOVED: Final = 0.01
"""Chance of such a difference between equal cases in any of the looks at them (Bonferroni), below
which the control has moved."""

_TIMES: Final = (*EXPERIENCED, *EXPERIENCED.values())
"""Metrics that a control is judged by."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One difference that should be none."""

    said: str
    effect: Effect
    """Of the twin as the baseline and the control as the candidate."""


def control_of(
    sides: Mapping[str, Sequence[Measured]],
    found: Sequence[Effect | Missing],
    spreads: Mapping[str, Spread],
    floors: Floors,
    settings: Settings,
) -> Control:
    """Judge every control case: within each side, and by its change beside its twin's.

    Where sides took turns, both processes of a control case were of the baseline: its change alone
    should be none.

    It has moved where it differs from its twin by more than the threshold, and by more than chance.

    Args:
        sides: By what to call them; empty where sides took turns and only effects are known.
        found: Effects of all cases, the control cases among them.
        spreads: By metric.
        floors: By case id and metric.
        settings: Thresholds.
    """
    looks = [*_within(sides), *_changes(found)]
    if not looks:
        return Control(proven=None, sentence=_nothing(sides, found))
    judged = [_chance(look.effect, spreads, floors, settings) for look in looks]
    known = [chance for chance in judged if chance is not None]
    ratios = (f"{math.exp(look.effect.log_ratio):.3f} {look.said}" for look in looks)
    said = ", ".join(ratios)
    name = looks[0].effect.case.slug
    if any(chance < _MOVED / len(looks) for chance in known):
        verdict = "it MOVED: differences of this size mean nothing here, and no verdict is proven"
        return Control(proven=False, sentence=f"{name}: {said}; {verdict}.")
    if not known:
        return Control(proven=None, sentence=f"{name}: {said}; one trial proves nothing.")
    return Control(proven=True, sentence=f"{name}: {said}; it agrees with itself.")


def is_control(case: Case) -> bool:
    """Whether a case is another one measured once more."""
    return case.replica > 0


def _within(sides: Mapping[str, Sequence[Measured]]) -> Iterator[_Look]:
    """Hold each control case against its twin, within one side."""
    for name, runs in sides.items():
        for control in filter(is_control, runs[0].cases):
            twin = replace(control, replica=0)
            for metric in _TIMES:
                ours, theirs = (_logs((case.id, metric), runs) for case in (twin, control))
                if ours and theirs:
                    said = f"of its twin in the {name}"
                    yield _Look(said, effect_of(control, metric, ours, theirs))


def _logs(key: Key, runs: Iterable[Measured]) -> list[NDArray[np.float64]]:
    return [np.log(run.values[key]) for run in runs if key in run.values]


def _changes(found: Sequence[Effect | Missing]) -> Iterator[_Look]:
    """Hold the change of each control case against the change of its twin."""
    effects = {(one.case.id, one.metric): one for one in found if isinstance(one, Effect)}
    for control in effects.values():
        if is_control(control.case) and control.paired and control.metric in _TIMES:
            yield _Look("of the baseline against itself", control)
            continue
        twin = effects.get((replace(control.case, replica=0).id, control.metric))
        if not is_control(control.case) or twin is None or control.metric not in _TIMES:
            continue
        yield _Look(
            "of its twin by its change",
            replace(
                control,
                log_ratio=control.log_ratio - twin.log_ratio,
                variance=(control.variance + twin.variance) / 2,
                degrees=control.degrees + twin.degrees,
                scale=control.scale + twin.scale,
            ),
        )


def _chance(
    effect: Effect, spreads: Mapping[str, Spread], floors: Floors, settings: Settings
) -> float | None:
    """Return how likely equal cases differ so much; 1 where it does not matter, None if unknown."""
    spread = spreads.get(effect.metric)
    known = None if spread is None else spread.of(effect)
    if known is None or known.degrees < 1:
        return None
    distance, error = abs(effect.log_ratio), math.sqrt(known.variance * effect.scale)
    if distance <= math.log1p(threshold_of(effect, floors, settings)):
        return 1.0
    return 2 * student_t_tail(distance / error, known.degrees) if error else 0.0


def _nothing(sides: Mapping[str, Sequence[Measured]], found: Sequence[Effect | Missing]) -> str:
    cases = [case for runs in sides.values() for run in runs for case in run.cases]
    if any(map(is_control, [*cases, *(one.case for one in found)])):
        return "The control case has no value on both sides, so nothing is proven."
    return "There is no control case, so nothing is proven."
