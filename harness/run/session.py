"""One run, from its cases to its file: rounds of trials, then energy, then memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns
from typing import Final, Protocol

import numpy as np

from harness.analyse.outcome import is_void
from harness.core.case import Case, Scenario
from harness.core.errors import WorkerDied
from harness.core.reason import Reason
from harness.core.run import QuietLevel, RunEnd, RunHeader
from harness.core.task import Sampling, Task
from harness.core.trial import Outcome, Pass, Status, Trial
from harness.core.wire import decode
from harness.measure.cores import allowed_cores
from harness.measure.crew import needs_crew
from harness.measure.probe import PROBE_VERSION
from harness.run.artifacts import Material
from harness.run.axes import cores_of
from harness.run.metered import Metered
from harness.run.parallel import died, weigh_all
from harness.run.plan import Plan
from harness.run.pool import Pool
from harness.run.schedule import cores_of_trial, order
from harness.statistics.quiet import native_level

_LIMIT_FACTOR: Final = 1.5
_MEMORY_ROUND: Final = 0
_FEWEST_FOR_LEVEL: Final = 200
"""Probes before this run's own level is passed to its trials."""


class Writer(Protocol):
    """Where trials go as they end."""

    def append_trial(self, trial: Trial) -> None:
        """Write one trial so that a crash cannot lose it."""
        ...

    def finish(self, end: RunEnd) -> None:
        """Write the last line."""
        ...


class Listener(Protocol):
    """Who is told how far the run has come."""

    def expect(self, total: int) -> None:
        """So many trials are to come."""
        ...

    def step(self, label: str, done: int, seconds_left: float | None) -> None:
        """`done` trials have ended; `label` is next."""
        ...

    def message(self, text: str) -> None:
        """Something worth a line."""
        ...


@dataclass(slots=True)
class Session:
    """What a run needs to know while it goes on."""

    header: RunHeader
    plan: Plan
    material: Mapping[str, Material]
    writer: Writer
    listener: Listener
    folder: Path
    """For replies and logs of processes; gone after the run."""
    counters: Metered | None = None
    """Of which cases energy can be read; None for no energy pass."""
    done: set[tuple[str, int, Pass]] = field(default_factory=set)
    """Trials that the file has."""
    failed: set[str] = field(default_factory=set)
    native: list[int] = field(default_factory=list)
    """Every reading of the native probe so far."""
    spent: dict[str, int] = field(default_factory=dict)
    ended: int = 0
    resumed: int = 0
    """Trials that were there before this process."""
    began_ns: int = field(default_factory=perf_counter_ns)

    def run(self) -> RunEnd:
        """Measure everything that is not done yet, and close the file."""
        self.resumed = len(self.done)
        self.listener.expect(self.left() + self.resumed)
        for number in range(1, self.header.rounds + 1):
            self.round(number)
        for number in range(1, self.header.rounds + 1):
            self.energy(number)
        self.memory()
        end = RunEnd(
            finished_at=datetime.now(UTC).isoformat(), level=self.own_level(), phases_ns=self.spent
        )
        self.writer.finish(end)
        return end

    def round(self, number: int) -> None:
        """Take one trial of every case, in this round's order, from fresh servers."""
        self.trials(number, Pass.TIMING)

    def energy(self, number: int) -> None:
        """Take one energy trial of every case, where there are counters to read."""
        if self.counters is not None:
            with self.timed("energy"):
                self.trials(number, Pass.ENERGY)

    def trials(self, number: int, kind: Pass) -> None:
        """Take what is still wanted of one round and kind."""
        wanted = set(self.expected()) - self.done
        cases = [
            case
            for case in order(self.live_cases(), number, self.header.seed)
            if (case.id, number, kind) in wanted
        ]
        if not cases:
            return
        pool = Pool(self.folder)
        try:
            with self.timed("servers"):
                pool.start(dict.fromkeys(case.target.backend for case in cases))
            for turn, case in enumerate(cases):
                if case.id not in self.failed:
                    self.trial(pool, self.task(case, number, kind), turn)
        finally:
            pool.close()

    def trial(self, pool: Pool, task: Task, turn: int) -> None:
        """Have one trial taken, and keep what it left; once more where the GPU was held back."""
        case, number = task.case, task.round
        what = "round" if task.kind is Pass.TIMING else str(task.kind)
        self.tell(f"{what} {number}/{self.header.rounds}  {case.slug}")
        pinned, spare = cores_of_trial(allowed_cores(), cores_of(case), number + turn)
        task = replace(task, cores=pinned, spare_cores=spare)
        if is_void(self.attempt(pool, task)):
            self.listener.message(f"{case.slug}: the GPU was held back; taken again")
            self.attempt(pool, task)

    def attempt(self, pool: Pool, task: Task) -> Trial:
        """Have a worker do one task; keep what it left, and return it."""
        start = perf_counter_ns()
        try:
            request = {"task": asdict(task)}
            limit_s = _limit_s(self.plan)
            trial = decode(pool.ask(task.case.target.backend, request, limit_s), Trial)
        except WorkerDied as error:
            trial = died(task, error.reason)
        self.keep(trial, perf_counter_ns() - start)
        return trial

    def memory(self) -> None:
        """Measure memory, once a case, after everything that is on a clock."""
        wanted = {key[0] for key in self.expected() if key[2] is Pass.MEMORY} - {
            key[0] for key in self.done if key[2] is Pass.MEMORY
        }
        tasks = [
            self.task(case, _MEMORY_ROUND, Pass.MEMORY)
            for case in self.live_cases()
            if case.id in wanted
        ]
        if not tasks:
            return
        self.tell("memory")
        with self.timed("memory"):
            for task, trial in weigh_all(tasks, self.folder, _limit_s(self.plan)):
                self.keep(trial, 0)
                self.tell(f"memory  {task.case.slug}")

    def task(self, case: Case, number: int, kind: Pass, material: Material | None = None) -> Task:
        """Put together what a worker must know."""
        material = material or self.material[case.id]
        seconds = self.plan.seconds
        level = self.header.level or self.own_level()
        return Task(
            case=case,
            round=number,
            kind=kind,
            artifact=material.artifact,
            reference=material.reference,
            depth=material.needs.depth,
            widest=material.needs.widest,
            lower_bound=material.needs.lower_bound,
            level_ns=level.native_ns if level else None,
            sampling=Sampling(
                min_seconds=seconds,
                max_seconds=_LIMIT_FACTOR * seconds,
                load_seconds=self.plan.load_seconds,
            ),
            sysfs_root=str(self.counters.sysfs_root if self.counters else "/"),
        )

    def keep(self, trial: Trial, elapsed_ns: int) -> None:
        """Write a trial, and learn from it."""
        phases = {**trial.phases_ns, "total": elapsed_ns} if elapsed_ns else trial.phases_ns
        self.writer.append_trial(replace(trial, phases_ns=phases))
        self.ended += 1
        self.done.add((trial.case_id, trial.round, trial.kind))
        self.spent["trials"] = self.spent.get("trials", 0) + elapsed_ns
        if trial.timeline:
            self.native += trial.timeline.probes.native_ns
        if trial.outcome.status is not Status.COMPLETED:
            if trial.kind is Pass.TIMING:
                self.failed.add(trial.case_id)
            slugs = {case.id: case.slug for case in self.header.cases}
            self.listener.message(f"{slugs[trial.case_id]}: {trial.outcome.reason}")

    def fail(self, case: Case, reason: Reason) -> None:
        """Record that a case cannot go on."""
        outcome = Outcome(status=Status.FAILED, reason=reason)
        started_at = datetime.now(UTC).isoformat()
        trial = Trial(
            case_id=case.id, round=0, kind=Pass.TIMING, started_at=started_at, outcome=outcome
        )
        self.keep(trial, 0)

    def live_cases(self) -> list[Case]:
        """Return the cases that can still give numbers."""
        out = self.failed | set(self.header.skipped)
        return [case for case in self.header.cases if case.id not in out]

    def own_level(self) -> QuietLevel | None:
        """Return the quiet level that this run's own probes give, where they are enough."""
        if len(self.native) < _FEWEST_FOR_LEVEL:
            return None
        level = native_level(np.array(self.native, dtype=np.float64))
        if level is None:
            return None
        return QuietLevel(native_ns=level, probe_version=PROBE_VERSION, anchored=False)

    def tell(self, label: str) -> None:
        """Say what comes next, and how long the rest should take."""
        passed = (perf_counter_ns() - self.began_ns) * 1e-9
        each = passed / self.ended if self.ended else None
        done = self.ended + self.resumed
        self.listener.step(label, done, each * self.left() if each else None)

    def left(self) -> int:
        """Return the number of trials that are still to be taken."""
        return sum(key not in self.done for key in self.expected())

    def expected(self) -> Iterator[tuple[str, int, Pass]]:
        """Yield what every case that can still give numbers is to leave."""
        for case in self.live_cases():
            for number in range(1, self.header.rounds + 1):
                yield case.id, number, Pass.TIMING
                if self.counters and self.counters.covers(case) and not needs_crew(case):
                    yield case.id, number, Pass.ENERGY
            if self.plan.memory and case.scenario is Scenario.SINGLE_STREAM and not case.replica:
                yield case.id, _MEMORY_ROUND, Pass.MEMORY

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Count the wall time of what happens inside to `name`."""
        start = perf_counter_ns()
        try:
            yield
        finally:
            self.spent[name] = self.spent.get(name, 0) + perf_counter_ns() - start


def _limit_s(plan: Plan) -> float:
    """Return when a trial that has not answered is killed, in seconds: its sampling is its own."""
    return plan.timeout + _LIMIT_FACTOR * (plan.seconds + plan.load_seconds)
