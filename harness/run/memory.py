"""The memory pass: spawned processes, several at once, since nothing here is on a clock."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import psutil

from harness.core.errors import WorkerDied
from harness.core.task import Task
from harness.run.processes import Spawner

_RUNTIME_BYTES: Final = 1_000_000_000
_COPIES: Final = 4
"""Room that one process may need: its runtime, and four times what the network needs at least."""


def measure_all(
    tasks: Sequence[Task], folder: Path, limit_s: float
) -> Generator[tuple[Task, bytes | WorkerDied]]:
    """Do each task in a process of its own; yield it with its reply, in the order given."""
    width = _width(tasks)
    free = deque(Spawner(_folder(folder, number)) for number in range(width))
    running: deque[tuple[Task, Spawner]] = deque()
    waiting = deque(tasks)
    try:
        while waiting or running:
            while waiting and free:
                task, spawner = waiting.popleft(), free.popleft()
                spawner.start({"task": asdict(task)})
                running.append((task, spawner))
            task, spawner = running.popleft()
            try:
                yield task, spawner.collect(limit_s)
            except WorkerDied as error:
                yield task, error
            free.append(spawner)
    finally:
        for _, spawner in running:
            spawner.close()


def _folder(parent: Path, number: int) -> Path:
    folder = parent / f"memory{number}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _width(tasks: Sequence[Task]) -> int:
    """As many at once as there are cores, and as certainly fit into half of the free memory.

    One at a time where a GPU is used: what is in use on it must be of one process alone.
    """
    if any(task.case.target.is_cuda for task in tasks):
        return 1
    largest = max((task.lower_bound for task in tasks), default=0)
    room = psutil.virtual_memory().available // 2
    fitting = room // (_RUNTIME_BYTES + _COPIES * largest)
    return max(1, min(os.cpu_count() or 1, fitting, len(tasks)))
