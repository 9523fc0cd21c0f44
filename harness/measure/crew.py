"""The processes of one case that run at the same time: forked, led, and put into one trial.

Their leader is a process of its own that runs no network: it sleeps while they measure.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Final

from harness.core.case import Case, Scenario
from harness.core.errors import WorkerDied
from harness.core.load import Load
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Task
from harness.core.trial import Member, Outcome, Status, Trial
from harness.measure.leader import Crew, Process
from harness.measure.load import take_load
from harness.measure.member import Line, OnCall, Order, Together, Word
from harness.measure.probe import Prober
from harness.measure.trial import Way, perform

_NS: Final = 1_000_000_000
_HEAD_START_NS: Final = 5_000_000
"""From the leader's word until the common window opens: all have heard it by then."""
_NO_FORK: Final = Reason(
    code=ReasonCode.PLATFORM_UNSUPPORTED,
    detail="several processes of one case, and queries by the clock, need a platform with fork",
)

OnFork = Callable[[int], None]
"""Called first in every new process, with its leader's id."""


def needs_crew(case: Case) -> bool:
    """Whether a case is measured by processes with a leader: by several, or on call."""
    return case.processes > 1 or case.scenario is Scenario.SERVER


def perform_crew(task: Task, prober: Prober | None, on_fork: OnFork) -> Trial:
    """Take one trial of such a case; whatever goes wrong with it ends up in the trial."""
    if sys.platform == "win32" or not hasattr(os, "fork"):
        return _ended(task, Status.SKIPPED, _NO_FORK)
    with _forked(task, prober, on_fork) as crew:
        load = None
        with suppress(WorkerDied):  # the process that has ended says why, below
            load = _lead(task, crew)
        crew.let_go()
        trials = [_left(task, process) for process in crew.processes]
    return replace(merged(trials), load=load)


def _lead(task: Task, crew: Crew) -> Load | None:
    """Open the common window, or offer queries, once all are ready."""
    ready = crew.ready()
    if task.case.scenario is Scenario.SERVER:
        load = take_load(task, crew, [one.iteration_ns for one in ready])
        crew.tell(Order())
        return load
    begin_ns = perf_counter_ns() + _HEAD_START_NS
    end_ns = begin_ns + round(task.sampling.max_seconds * _NS)
    crew.tell(Order(window_ns=(begin_ns, end_ns)))
    return None


@contextmanager
def _forked(task: Task, prober: Prober | None, on_fork: OnFork) -> Iterator[Crew]:
    """Fork every process of the case, each with its own cores; wait for the end of all."""
    leader, processes = os.getpid(), []
    try:
        for number in range(task.case.processes):
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                ours.close()
                _serve(_share(task, number), prober, Line(theirs), lambda: on_fork(leader))
            theirs.close()
            processes.append(Process(pid=pid, line=Line(ours)))
        yield Crew(processes)
    finally:
        for process in processes:
            process.line.close()
        for process in processes:
            os.waitpid(process.pid, 0)


def _serve(task: Task, prober: Prober | None, line: Line, on_fork: Callable[[], None]) -> None:
    """Do one process's part, and leave without cleaning up."""
    try:
        on_fork()
        way: Way = OnCall(line) if task.case.scenario is Scenario.SERVER else Together(line)
        line.say(Word(trial=perform(task, prober, way)))
    finally:
        os._exit(0)


def _share(task: Task, number: int) -> Task:
    """Give one process its own cores; where there are too few, all share what there is."""
    each = len(task.cores) // task.case.processes
    cores = task.cores[number * each : (number + 1) * each]
    return replace(task, cores=cores or task.cores, spare_cores=())


def _left(task: Task, process: Process) -> Trial:
    """Return what a process left, or that it died without a word."""
    trial = process.last()
    if trial is not None:
        return trial
    detail = "one of the case's processes ended without an answer"
    return _ended(task, Status.FAILED, Reason(code=ReasonCode.WORKER_CRASHED, detail=detail))


def _ended(task: Task, status: Status, reason: Reason) -> Trial:
    return Trial(
        case_id=task.case.id,
        round=task.round,
        kind=task.kind,
        started_at=datetime.now(UTC).isoformat(),
        outcome=Outcome(status=status, reason=reason),
    )


def merged(trials: list[Trial]) -> Trial:
    """Put the trials of all processes into one; where one is at fault, keep that one alone."""
    broken = [trial for trial in trials if trial.outcome.status is not Status.COMPLETED]
    if broken:
        return min(broken, key=_is_bystander)
    first, *rest = trials
    others = tuple(
        Member(
            prepare_time_ns=trial.prepare_time_ns,
            first_inference_ns=trial.first_inference_ns,
            timeline=trial.timeline,
            decision=trial.decision,
            memory=trial.memory,
            verification=trial.verification,
        )
        for trial in rest
    )
    return replace(first, others=others)


def _is_bystander(trial: Trial) -> bool:
    """Whether a process ended only because another one did."""
    reason = trial.outcome.reason
    return reason is not None and reason.code is ReasonCode.OTHER_SIDE_ENDED
