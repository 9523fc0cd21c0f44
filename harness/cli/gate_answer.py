"""What `gate` reads and measures before it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.analyse.baseline import Baseline, Choice, is_candidate, named_baseline, newest_baseline
from harness.analyse.compare.compare import compare_effects, compare_measured
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.measured import Measured, measure
from harness.analyse.compare.settings import Settings
from harness.analyse.confirmation import confirmed, confirmed_pairs
from harness.analyse.gate import Confirmation, Gate, Question, flagged, judge
from harness.analyse.pairs import effects_of_pairs
from harness.analyse.reduced import Reduced, reduced
from harness.analyse.survivors import lost_cases, lost_cases_of_pairs
from harness.cli.watched import watched
from harness.core.errors import NotComparable, UsageError
from harness.core.run import QuietLevel, Run, RunHeader
from harness.report.gate_facts import facts_of
from harness.store.calibration import stored_floors
from harness.store.header import newest_first, read_header
from harness.store.level import state_folder
from harness.store.read import find_runs, read_run
from harness.store.stream import is_run_name

if TYPE_CHECKING:
    from harness.cli.gate import GateOptions

_FAREWELL: Final = "interrupted: the flagged cases were not measured again, and nothing was decided"
_CUT_OFF: Final = "the candidate's run did not end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer, and the run file that was asked about."""

    gate: Gate
    candidate: Path


def answer(options: GateOptions, settings: Settings, choice: Choice) -> Answer:
    """Judge a candidate.

    Raises:
        NotComparable: there is no baseline that it could be held against.
        UsageError: what was asked for does not go together.
        StoreError: a file cannot be read.
    """
    path = _newest(options.candidate)
    if read_header(path).candidate is not None:
        gate = _of_pairs(read_run(path), options, settings)
    else:
        gate = _of_runs(path, options, settings, choice)
    return Answer(gate=gate, candidate=path)


def _of_runs(path: Path, options: GateOptions, settings: Settings, choice: Choice) -> Gate:
    """Judge a run against its baseline; runs are read one by one, and let go of."""

    def read(path: Path) -> Reduced:
        return reduced(read_run(path), settings)

    def again(run: Measured, level: QuietLevel) -> Measured:
        return measure(read_run(Path(run.path)), settings.compared, level=level)

    if options.baseline is not None and options.baseline.resolve() == path.resolve():
        raise UsageError(f"{path} is the candidate and its own baseline; give another run")
    base = _baseline(read_header(path), options.baseline, choice, read)
    candidate = read(path)
    floors = stored_floors(state_folder(), candidate.header.environment.hard_keys)
    sides = base.run.measured, candidate.measured
    compared = compare_measured(([sides[0]], [sides[1]]), again, floors, settings)
    confirmation, fresh = _measured_again(options, path, candidate.header, compared)
    if fresh is not None:
        confirmation = confirmed(sides, read(fresh).measured, again, compared, floors)
    broken, missing = lost_cases(base.run, candidate)
    question = Question(
        broken=broken,
        missing=missing,
        warnings=(*base.warnings, *(() if candidate.is_ended else (_CUT_OFF,))),
        facts=facts_of(base.run, candidate, compared, confirmation),
        strict=options.strict,
    )
    return judge(compared, confirmation, question)


def _of_pairs(candidate: Run, options: GateOptions, settings: Settings) -> Gate:
    """Judge the two sides of an A/B run."""
    if options.baseline is not None:
        raise UsageError(f"{candidate.path} is an A/B run: its baseline is in it; give no other")
    compared = compare_effects(effects_of_pairs(candidate, settings), {}, settings)
    path = Path(candidate.path)
    confirmation, fresh = _measured_again(options, path, candidate.header, compared)
    if fresh is not None:
        confirmation = confirmed_pairs(candidate, read_run(fresh), compared)
    broken, missing = lost_cases_of_pairs(candidate)
    question = Question(
        broken=broken,
        missing=missing,
        warnings=() if candidate.end is not None else (_CUT_OFF,),
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


def _baseline(
    candidate: RunHeader, path: Path | None, choice: Choice, read: Callable[[Path], Reduced]
) -> Baseline:
    if path is None:
        raise UsageError(
            "--baseline: give a run file or a folder of them; only an A/B run needs none"
        )
    if not path.exists():
        raise NotComparable(f"no baseline: {path} does not exist; measure one first")
    if path.is_dir():
        found = newest_first(file for file in path.rglob("*") if is_run_name(file))
        return newest_baseline(found, candidate, choice, read)
    return named_baseline(read(path), candidate, choice)


def _measured_again(
    options: GateOptions, path: Path, header: RunHeader, compared: Compared
) -> tuple[Confirmation, Path | None]:
    """Measure flagged cases again, where this can be done here.

    Returns:
        The run file of the fresh rounds, or what is to be said without one.
    """
    cases = tuple({one.case.id: one.case for one in flagged(compared)}.values())
    if not cases or compared.proven is False:
        return Confirmation(), None
    if not options.confirm:
        return Confirmation(obstacle="--no-confirm was given"), None
    from harness.environment.describe import describe
    from harness.run.confirm import measure_again, obstacle
    from harness.run.start import Places
    from model_zoo.export.cache import default_root

    why = obstacle(header, describe())
    if why:
        return Confirmation(obstacle=why), None
    places = Places(
        out=path.parent,
        cache=options.cache or default_root(),
        state=state_folder(),
        sysfs_root=options.sysfs_root,
    )
    try:
        fresh = watched(lambda display: measure_again(header, cases, places, display), _FAREWELL)
    except UsageError as error:
        return Confirmation(obstacle=str(error)), None
    return Confirmation(), fresh
