"""What `gate` reads and measures before it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analyse.baseline import Baseline, Choice, is_candidate, named_baseline, newest_baseline
from harness.analyse.compare.compare import compare, compare_effects
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.decide import Floors
from harness.analyse.compare.settings import Settings
from harness.analyse.confirmation import confirmed, confirmed_pairs
from harness.analyse.gate import Confirmation, Gate, Question, flagged, judge
from harness.analyse.pairs import effects_of_pairs
from harness.analyse.survivors import lost_cases, lost_cases_of_pairs
from harness.cli.watched import watched
from harness.core.errors import NotComparable, UsageError
from harness.core.run import Run
from harness.report.gate_facts import facts_of
from harness.store.calibration import stored_floors
from harness.store.header import newest_first
from harness.store.level import state_folder
from harness.store.read import find_runs, read_run
from harness.store.stream import is_run_name

if TYPE_CHECKING:
    from harness.cli.gate import GateOptions

_FAREWELL = "interrupted: the flagged cases were not measured again, and nothing was decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer, and the run that was asked about."""

    gate: Gate
    candidate: Run


def answer(options: GateOptions, settings: Settings, choice: Choice) -> Answer:
    """Judge a candidate.

    Raises:
        NotComparable: there is no baseline that it could be held against.
        UsageError: what was asked for does not go together.
        StoreError: a file cannot be read.
    """
    candidate = read_run(_newest(options.candidate))
    if candidate.header.candidate is not None:
        return Answer(gate=_of_pairs(candidate, options, settings), candidate=candidate)
    base = _baseline(candidate, options.baseline, choice)
    floors = stored_floors(state_folder(), candidate.header.environment.hard_keys)
    compared = compare([base.run], [candidate], floors, settings)
    confirmation = _confirmation(options, candidate, compared, [base.run], floors)
    broken, missing = lost_cases(base.run, candidate)
    question = Question(
        broken=broken,
        missing=missing,
        warnings=(*base.warnings, *_unfinished(candidate)),
        facts=facts_of(base.run, candidate, compared, confirmation),
        strict=options.strict,
    )
    return Answer(gate=judge(compared, confirmation, question), candidate=candidate)


def _of_pairs(candidate: Run, options: GateOptions, settings: Settings) -> Gate:
    """Judge the two sides of an A/B run."""
    if options.baseline is not None:
        raise UsageError(f"{candidate.path} is an A/B run: its baseline is in it; give no other")
    compared = compare_effects(effects_of_pairs(candidate, settings), {}, settings)
    confirmation = _confirmation(options, candidate, compared, [], {})
    broken, missing = lost_cases_of_pairs(candidate)
    question = Question(
        broken=broken,
        missing=missing,
        warnings=_unfinished(candidate),
        facts=facts_of(candidate, candidate, compared, confirmation),
        strict=options.strict,
    )
    return judge(compared, confirmation, question)


def _newest(path: Path) -> Path:
    """Return a file as it is, of a folder the newest run that is a candidate.

    Raises:
        StoreError: there is no such path, or no run in the folder.
        NotComparable: the folder has no run that could be one.
    """
    if path.is_file():
        return path
    for found, header in newest_first(find_runs([path])):
        if is_candidate(header):
            return found
    raise NotComparable(f"{path}: no run in this folder to be judged")


def _baseline(candidate: Run, path: Path | None, choice: Choice) -> Baseline:
    if path is None:
        raise UsageError(
            "--baseline: give a run file or a folder of them; only an A/B run needs none"
        )
    if not path.exists():
        raise NotComparable(f"no baseline: {path} does not exist; measure one first")
    if path.is_dir():
        found = newest_first(file for file in path.rglob("*") if is_run_name(file))
        return newest_baseline(found, candidate, choice, read_run)
    return named_baseline(read_run(path), candidate, choice)


def _unfinished(candidate: Run) -> tuple[str, ...]:
    return () if candidate.end is not None else ("the candidate's run did not end",)


def _confirmation(
    options: GateOptions,
    candidate: Run,
    compared: Compared,
    base: list[Run],
    floors: Floors,
) -> Confirmation:
    """Measure flagged cases again, where this can be done here."""
    cases = tuple({one.case.id: one.case for one in flagged(compared)}.values())
    if not cases or compared.proven is False:
        return Confirmation()
    if not options.confirm:
        return Confirmation(obstacle="--no-confirm was given")
    from harness.environment.describe import describe
    from harness.run.confirm import measure_again, obstacle
    from harness.run.start import Places
    from model_zoo.export.cache import default_root

    why = obstacle(candidate, describe())
    if why:
        return Confirmation(obstacle=why)
    places = Places(
        out=Path(candidate.path).parent,
        cache=options.cache or default_root(),
        state=state_folder(),
        sysfs_root=options.sysfs_root,
    )
    try:
        path = watched(lambda display: measure_again(candidate, cases, places, display), _FAREWELL)
    except UsageError as error:
        return Confirmation(obstacle=str(error))
    fresh = read_run(path)
    if candidate.header.candidate is not None:
        return confirmed_pairs(candidate, fresh, compared)
    return confirmed(base, candidate, fresh, compared, floors)
