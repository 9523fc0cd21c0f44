"""What a run does otherwise where a case has several processes, or is on call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from harness.core.errors import WorkerDied
from harness.core.reason import Reason
from harness.core.task import Task
from harness.core.trial import Outcome, Status, Trial
from harness.core.wire import decode
from harness.measure.crew import merged
from harness.run.memory import measure_all


def weigh_all(tasks: Sequence[Task], folder: Path, limit_s: float) -> Iterator[tuple[Task, Trial]]:
    """Measure the memory of each case, in as many processes as it has; yield one trial a case.

    Each process reads its own kernel's marks, which do not depend on what the others do.
    """
    every = [task for task in tasks for _ in range(task.case.processes)]
    replies = measure_all(every, folder, limit_s)
    for _, group in groupby(replies, key=lambda pair: pair[0].case.id):
        pairs = list(group)
        trials = [
            died(task, reply.reason) if isinstance(reply, WorkerDied) else decode(reply, Trial)
            for task, reply in pairs
        ]
        yield pairs[0][0], merged(trials)


def died(task: Task, reason: Reason) -> Trial:
    """Say that a task's process ended without an answer."""
    return Trial(
        case_id=task.case.id,
        round=task.round,
        kind=task.kind,
        started_at=datetime.now(UTC).isoformat(),
        outcome=Outcome(status=Status.FAILED, reason=reason),
    )
