"""Two sets of runs, or effects that were measured side by side, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.analyse.compare.comparable import require_comparable
from harness.analyse.compare.compared import Compared, Control
from harness.analyse.compare.control import control_of, is_control
from harness.analyse.compare.decide import Floors, decide, spreads_of
from harness.analyse.compare.effects import Missing, measured_effects
from harness.analyse.compare.measured import Again, Measured, in_one_state, measure
from harness.analyse.compare.pace import Following, following, pace_of, pace_sentence
from harness.analyse.compare.rules import QUIET
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.core.run import QuietLevel, Run

_UNANCHORED = (
    "The quiet level of a run is its own (unanchored): on a machine that was never quiet it is too "
    "high."
)
_NO_FLOOR = (
    "No noise floor of this machine is known: `scalecurve calibrate PLAN` measures what identical "
    "code shows as a difference."
)


def compare(
    base: Sequence[Run], candidate: Sequence[Run], floors: Floors, settings: Settings
) -> Compared:
    """Compare two sets of runs, each of at least one.

    Raises:
        NotComparable: a hard key differs that `settings.across` does not name, the quiet states
            were told by different probes, or no case is in both.
    """
    by_path = {run.path: run for run in (*base, *candidate)}

    def again(run: Measured, level: QuietLevel) -> Measured:
        return measure(by_path[run.path], settings.compared, level=level)

    sides = [[measure(run, settings.compared) for run in side] for side in (base, candidate)]
    return compare_measured((sides[0], sides[1]), again, floors, settings)


def compare_measured(
    sides: tuple[Sequence[Measured], Sequence[Measured]],
    again: Again,
    floors: Floors,
    settings: Settings,
) -> Compared:
    """Compare two sets of runs that were reduced one by one, so that none has to be kept.

    Args:
        sides: Baseline and candidate, each of at least one run.
        again: Reduces one of them once more, against another quiet level.
        floors: By case id and metric.
        settings: What is compared, and how sure it has to be.

    Raises:
        NotComparable: as for `compare`.
    """
    base, candidate = sides
    differing = require_comparable(base, candidate, settings)
    notes = []
    if not differing and QUIET & {*settings.compared}:
        runs, sentence = in_one_state([*base, *candidate], again)
        base, candidate = runs[: len(base)], runs[len(base) :]
        levels = [run.level for run in runs if run.level is not None]
        notes = [sentence, "" if all(level.anchored for level in levels) else _UNANCHORED]
    pace = 0.0 if differing else pace_of(base, candidate)
    follow = Following() if differing else following((*base, *candidate), is_apart=bool(pace))
    found = measured_effects(base, candidate, settings.compared, follow)
    control = control_of(
        {"baseline": base, "candidate": candidate}, found, spreads_of(found), floors, settings
    )
    notes += [pace_sentence(pace), follow.sentence]
    compared = _compared(found, floors, settings, control, pace)
    return replace(
        compared,
        differing=differing,
        only_base=_only(base, candidate),
        only_candidate=_only(candidate, base),
        notes=(*filter(None, notes), *compared.notes),
    )


def compare_effects(
    found: Sequence[Effect | Missing], floors: Floors, settings: Settings
) -> Compared:
    """Compare by effects that were measured side by side, those of control cases among them.

    They need no noise floor of the machine: its drift hits both sides alike.
    """
    control = control_of({}, found, spreads_of(found), floors, settings)
    return replace(_compared(found, floors, settings, control), notes=())


def _compared(
    found: Sequence[Effect | Missing],
    floors: Floors,
    settings: Settings,
    control: Control,
    pace: float = 0.0,
) -> Compared:
    decided = decide([one for one in found if not is_control(one.case)], floors, settings, pace)
    return Compared(
        comparisons=decided.comparisons,
        prior=decided.prior,
        control=control,
        settings=settings,
        notes=() if floors else (_NO_FLOOR,),
    )


def _only(side: Sequence[Measured], other: Sequence[Measured]) -> tuple[Case, ...]:
    """Return the cases that one side asked for and the other did not."""
    known = {case.id for run in other for case in run.cases}
    asked = {case.id: case for run in side for case in run.cases}
    return tuple(case for case_id, case in asked.items() if case_id not in known)
