"""One trial of one case in the process that measures it: prepare, verify, warm up, sample."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Final, Protocol

from harness.backends.base import Arrays, Backend, Compiler, PreparedModel
from harness.backends.registry import load
from harness.core.case import QUERY_ITEMS, Case, Scenario
from harness.core.errors import PreparationError, Unavailable, VerificationError, WorkerDied
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Task
from harness.core.trial import Decision, Outcome, Pass, Status, Timeline, Trial, Verification
from harness.measure.cores import pin
from harness.measure.device_state import watching
from harness.measure.probe import Prober
from harness.measure.reference import identity, ignores_inputs, read_inputs, read_reference
from harness.measure.sample import Instruments, Sampler
from harness.measure.slices import Query, one_pass, time_each
from harness.measure.tape import Tape
from harness.measure.verify import depends_on_input, tolerance_of, verify

_EXTRA_NS: Final = 20_000_000
_EXTRA_READINGS: Final = 20
"""Host latency and device time: 20 ms, or twenty readings."""


@dataclass(slots=True)
class Phases:
    """Wall time of each phase, in ns."""

    spent: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what happens inside to `name`, however it ends."""
        start = perf_counter_ns()
        try:
            yield
        finally:
            self.spent[name] = perf_counter_ns() - start


class Way(Protocol):
    """How a trial has the machine: to itself, or in turns with another one."""

    @property
    def transfers(self) -> bool:
        """Whether iterations with both transfers are timed as well."""
        ...

    def begin(self) -> None:
        """Wait until it may prepare."""
        ...

    def run(self, sampler: Sampler) -> tuple[Timeline, Decision]:
        """Settle, sample, stop; return what was taken and why it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Alone:
    """Nothing else is measured meanwhile."""

    transfers: bool = True

    def begin(self) -> None:
        """Go on at once."""

    def run(self, sampler: Sampler) -> tuple[Timeline, Decision]:
        """Let the sampler decide everything."""
        return sampler.run()


ALONE: Final = Alone()


def perform(task: Task, prober: Prober | None = None, way: Way = ALONE) -> Trial:
    """Do what the task asks for. Whatever goes wrong with the case ends up in the trial."""
    phases = Phases()
    started_at = datetime.now(UTC).isoformat()
    trial = Trial(
        case_id=task.case.id,
        round=task.round,
        kind=task.kind,
        started_at=started_at,
        outcome=Outcome(status=Status.COMPLETED),
        artifact_bytes=task.artifact.bytes if task.artifact.main else None,  # some have no file
    )
    try:
        pin(task.cores)
        if task.kind is Pass.MEMORY:
            from harness.measure.memory import measure_memory

            trial = replace(trial, memory=measure_memory(task))
        elif task.kind is Pass.ENERGY:
            from harness.measure.energy import measure_energy

            with watching(task.case.target) as watch:
                trial = replace(trial, energy=measure_energy(task))
            trial = replace(trial, device=watch.state)
        else:
            way.begin()
            trial = _time(task, trial, phases, prober or Prober(), way)
    except Unavailable as error:
        trial = _ended(trial, Status.SKIPPED, error.reason)
    except (PreparationError, VerificationError, WorkerDied) as error:
        trial = _ended(trial, Status.FAILED, error.reason, traceback.format_exc())
    except MemoryError as error:
        reason = Reason(code=ReasonCode.OUT_OF_MEMORY, detail=str(error) or "allocation refused")
        trial = _ended(trial, Status.FAILED, reason, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - the process boundary: it becomes a failed record
        reason = Reason(code=ReasonCode.WORKER_ERROR, detail=f"{type(error).__name__}: {error}")
        trial = _ended(trial, Status.FAILED, reason, traceback.format_exc())
    return replace(trial, phases_ns=phases.spent)


def _ended(trial: Trial, status: Status, reason: Reason, trace: str = "") -> Trial:
    return replace(trial, outcome=Outcome(status=status, reason=reason, traceback=trace))


def _time(task: Task, trial: Trial, phases: Phases, prober: Prober, way: Way) -> Trial:
    case = task.case
    backend = load(case.target.backend)
    inputs = read_inputs(task)
    with phases.phase("load_reference"):
        references = read_reference(task, backend)
    build_time_ns = _built(backend, task, phases)
    with phases.phase("prepare"):
        context = backend.prepare(task.artifact, case.target, case.batch_size)
        model = context.__enter__()
    try:
        with phases.phase("verify"):
            first_ns, verification = check(model, task, inputs, references)
        with watching(case.target) as watch:
            timeline, decision, effective = _sample(model, task, phases, prober, way)
    finally:
        with phases.phase("release"):
            context.__exit__(None, None, None)
    return replace(
        trial,
        build_time_ns=build_time_ns,
        prepare_time_ns=phases.spent["prepare"],
        first_inference_ns=first_ns,
        verification=verification,
        timeline=timeline,
        decision=decision,
        effective={**effective, **identity(task)},
        device=watch.state,
    )


def _built(backend: Backend, task: Task, phases: Phases) -> int | None:
    """Have compiled what is loaded from, apart from the time to prepare; None: nothing is."""
    if not isinstance(backend, Compiler):
        return None
    with phases.phase("build"):
        return backend.build(task.artifact, task.case.target, task.case.batch_size)


def check(
    model: PreparedModel, task: Task, inputs: Sequence[Arrays], references: Sequence[Arrays]
) -> tuple[int, Verification]:
    """Hold the outputs of two inputs against their references; leave the first input bound.

    Returns:
        Duration of the very first iteration in ns, and the larger of the two errors.

    Raises:
        VerificationError: an output differs, is not finite, or does not depend on the input.
    """
    allowed = tolerance_of(task)
    first_ns, first = _outputs(model, inputs[0])
    verified = verify(first, references[0], allowed)
    _, second = _outputs(model, inputs[1])
    if not ignores_inputs(task):
        depends_on_input(first, second)
    model.bind(inputs[0])
    return first_ns, max(verified, verify(second, references[1], allowed), key=_error)


def _error(verification: Verification) -> float:
    return verification.error


def _outputs(model: PreparedModel, inputs: Arrays) -> tuple[int, Arrays]:
    """Run once; return how long it took in ns, and what it gave."""
    model.bind(inputs)
    call = one_pass(model)
    start = perf_counter_ns()
    call()
    return perf_counter_ns() - start, model.outputs()


def _sample(
    model: PreparedModel, task: Task, phases: Phases, prober: Prober, way: Way
) -> tuple[Timeline, Decision, Mapping[str, str]]:
    case = task.case
    single = case.scenario is Scenario.SINGLE_STREAM
    cores = (task.cores + task.spare_cores) if len(task.cores) == 1 else ()
    sampler = Sampler(
        model=_query(model, case) if case.scenario is Scenario.MULTI_STREAM else model,
        instruments=Instruments(prober=prober, cores=cores),
        sampling=task.sampling,
        tape=Tape(level_ns=task.level_ns, readings=prober.readings),
        together=case.scenario is Scenario.OFFLINE,
    )
    with phases.phase("sample"):
        timeline, decision = way.run(sampler)
    if single and way.transfers:
        with phases.phase("transfers"):
            timeline = replace(
                timeline,
                host_ns=tuple(time_each(model.run_with_transfers, _EXTRA_NS, perf_counter_ns)),
                device_ns=_device_times(model),
            )
    return timeline, decision, model.effective()


def _query(model: PreparedModel, case: Case) -> Query:
    """Make one iteration a whole query of `multi_stream`."""
    return Query(model=model, passes=-(-QUERY_ITEMS // case.batch_size))


def _device_times(model: PreparedModel) -> tuple[int, ...]:
    if model.device_time_ns() is None:
        return ()
    times = (model.device_time_ns() for _ in range(_EXTRA_READINGS))
    return tuple(time for time in times if time is not None)
