"""How a run begins, or goes on: what can be measured here, from what, into which file."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns

from harness.core.case import Case, Target
from harness.core.errors import StoreError, UsageError
from harness.core.reason import Reason
from harness.core.run import SCHEMA_VERSION, Environment, QuietLevel, Run, RunEnd, RunHeader
from harness.core.trial import Pass, Status, Trial
from harness.environment.comparability import differing_keys
from harness.environment.describe import describe
from harness.measure.probe import PROBE_VERSION
from harness.run.artifacts import Material, gather
from harness.run.expand import control, expand
from harness.run.fit import impossible
from harness.run.interpreter import OWN, Interpreter
from harness.run.metered import Metered, described, metered
from harness.run.own import require_unchanged
from harness.run.plan import Plan, make_plan
from harness.run.pool import Pool
from harness.run.session import Listener, Session
from harness.store.level import store_level, stored_level
from harness.store.write import RunWriter, require_writable
from model_zoo.own import is_own
from model_zoo.solve import parameter_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders that a run reads and writes."""

    out: Path
    cache: Path
    state: Path
    sysfs_root: Path = Path("/")


def begin(plan: Plan, command: Sequence[str], places: Places, listener: Listener) -> Path:
    """Measure a plan; return the path of its run file.

    Raises:
        UsageError: the plan names something that does not exist.
        StoreError: the run file cannot be written.
    """
    return measure(expand(plan), plan, command, places, listener)


def measure(
    cases: tuple[Case, ...],
    plan: Plan,
    command: Sequence[str],
    places: Places,
    listener: Listener,
) -> Path:
    """Measure these cases as the plan says; return the path of the run file.

    Raises:
        StoreError: the run file cannot be written.
    """
    require_writable(places.out)
    environment = described(places.sysfs_root)
    with scratch() as folder:
        prepared = prepare(cases, places.cache, lambda asked: unavailable(asked, folder), listener)
        header = make_header(plan, command, prepared, environment, places)
        with RunWriter.create(places.out, header) as writer:
            session = Session(
                header=header,
                plan=plan,
                material=prepared.material,
                writer=writer,
                listener=listener,
                folder=folder,
                counters=counters_of(plan, places),
                spent=dict(prepared.spent),
            )
            finish(session, places)
            return writer.path


def resume(path: Path, places: Places, listener: Listener) -> Path:
    """Measure what a run that was cut off has not measured yet; return its path.

    Raises:
        StoreError: the file is finished, foreign, or written by someone else just now.
        UsageError: it was begun on another machine, or with other versions, or it is an A/B run.
    """
    writer, run = RunWriter.resume(path)
    with writer, scratch() as folder:
        _require_one_side(run)
        require_same_machine(run)
        live = [case for case in run.header.cases if case.id not in run.header.skipped]
        found = gather(live, places.cache, listener.message)
        require_unchanged(run, found)
        session = Session(
            header=run.header,
            plan=make_plan(run.header.plan),
            material={k: v for k, v in found.items() if isinstance(v, Material)},
            writer=writer,
            listener=listener,
            folder=folder,
            counters=counters_of(make_plan(run.header.plan), places),
            done={(trial.case_id, trial.round, trial.kind) for trial in run.trials},
            failed=_failed(run),
            native=[reading for trial in run.trials for reading in _native(trial)],
            spent={"before the resume": sum(t.phases_ns.get("total", 0) for t in run.trials)},
        )
        for case in live:
            reason = found[case.id]
            if isinstance(reason, Reason) and case.id not in session.failed:
                session.fail(case, reason)
        finish(session, places)
    return path


def counters_of(plan: Plan, places: Places) -> Metered | None:
    """Return of which cases energy can be read; None where of none, or it was not asked for."""
    return metered(places.sysfs_root) if plan.energy else None


def _require_one_side(run: Run) -> None:
    if run.header.candidate is not None:
        raise UsageError(
            f"{run.path} is an A/B run, whose sides must be measured at one time; begin a new one"
        )


def require_same_machine(run: Run) -> None:
    """Refuse to put trials of two machines, or of two versions of a runtime, under one header."""
    now, then = describe(), run.header.environment
    differing = differing_keys(then, now)
    for name in sorted({*then.versions, *now.versions}):
        pair = then.versions.get(name, "none"), now.versions.get(name, "none")
        if pair[0] != pair[1]:
            differing[name] = pair
    if differing:
        told = ", ".join(f"{key} was {old}, is {new}" for key, (old, new) in differing.items())
        raise UsageError(f"{run.path} was begun elsewhere or with other versions: {told}")


def _native(trial: Trial) -> tuple[int, ...]:
    return trial.timeline.probes.native_ns if trial.timeline else ()


def finish(session: Session, places: Places) -> None:
    """Run to the end, and remember the level that the machine showed."""
    keep_level(session.run(), session, places)


def keep_level(end: RunEnd, session: Session, places: Places) -> None:
    """Remember the level that the machine showed, for later runs."""
    if end.level is not None:
        keys = session.header.environment.hard_keys
        try:
            store_level(places.state, keys, PROBE_VERSION, end.level.native_ns)
        except StoreError as error:
            session.listener.message(f"the quiet level was not kept: {error}")


def _failed(run: Run) -> set[str]:
    ended = (Status.FAILED, Status.SKIPPED)
    timing = [trial for trial in run.trials if trial.kind is Pass.TIMING]
    return {trial.case_id for trial in timing if trial.outcome.status in ended}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Cases, and what each starts from or why it cannot be measured."""

    cases: tuple[Case, ...]
    material: Mapping[str, Material]
    skipped: Mapping[str, Reason]
    spent: Mapping[str, int]


Ask = Callable[[set[Target]], Mapping[Target, Reason]]
"""Says of targets why they cannot be served; those that can are not in its answer."""


def prepare(
    cases: tuple[Case, ...],
    cache: Path,
    ask: Ask,
    listener: Listener,
    interpreter: Interpreter = OWN,
) -> Prepared:
    """Find out which cases can be measured, and make what they start from."""
    start = perf_counter_ns()
    skipped = {case.id: reason for case in cases if (reason := impossible(case))}
    reasons = ask({case.target for case in cases if case.id not in skipped})
    for case in cases:
        reason = reasons.get(case.target)
        if reason is not None:
            skipped.setdefault(case.id, reason)
    cases = _with_live_control(cases, skipped)
    asked = perf_counter_ns()
    live = [case for case in cases if case.id not in skipped]
    found = gather(live, cache, listener.message, interpreter)
    skipped |= {key: thing for key, thing in found.items() if isinstance(thing, Reason)}
    return Prepared(
        cases=cases,
        material={key: thing for key, thing in found.items() if isinstance(thing, Material)},
        skipped=skipped,
        spent={"availability": asked - start, "artifacts": perf_counter_ns() - asked},
    )


def _with_live_control(cases: tuple[Case, ...], skipped: Mapping[str, Reason]) -> tuple[Case, ...]:
    """Choose another control where the first choice is a case that is skipped."""
    live = [case for case in cases if case.id not in skipped and not case.replica]
    lost = [case for case in cases if case.replica and case.id in skipped]
    if not (live and lost):
        return cases
    return (*(case for case in cases if not case.replica), control(live))


def unavailable(
    targets: set[Target], folder: Path, interpreter: Interpreter = OWN
) -> dict[Target, Reason]:
    """Ask an interpreter for each target; return why those that it cannot serve cannot be."""
    pool = Pool(folder / "availability", interpreter)
    try:
        pool.start(sorted({target.backend for target in targets}))
        asked = {target: pool.availability(target) for target in targets}
    finally:
        pool.close()
    return {target: reason for target, reason in asked.items() if reason is not None}


def make_header(
    plan: Plan,
    command: Sequence[str],
    prepared: Prepared,
    environment: Environment,
    places: Places,
) -> RunHeader:
    """Write down what was asked, where, and what will be measured."""
    known = stored_level(places.state, environment.hard_keys, PROBE_VERSION)
    level = (
        QuietLevel(native_ns=known, probe_version=PROBE_VERSION, anchored=True)
        if known is not None
        else None
    )
    return RunHeader(
        schema_version=SCHEMA_VERSION,
        run_id=uuid.uuid4().hex[:12],
        started_at=datetime.now(UTC).isoformat(),
        command=tuple(command),
        plan=asdict(plan),
        rounds=plan.rounds,
        seed=plan.seed,
        environment=environment,
        cases=prepared.cases,
        parameter_counts=_parameter_counts(prepared),
        variants={
            key: thing.artifact.facts
            for key, thing in prepared.material.items()
            if thing.artifact.facts is not None
        },
        level=level,
        skipped=prepared.skipped,
    )


def _parameter_counts(prepared: Prepared) -> dict[str, int]:
    """Return what is known by case id: of a user's network only where it could be made."""
    zoo = [case for case in prepared.cases if not is_own(case.model)]
    found = {case.id: parameter_count(case.model) for case in zoo}
    found |= {key: thing.needs.parameter_count for key, thing in prepared.material.items()}
    return {key: count for key, count in found.items() if count}


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for replies and logs that is gone afterwards."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="scalecurve-"))
    except OSError as error:
        raise UsageError(f"no temporary folder: {error}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
