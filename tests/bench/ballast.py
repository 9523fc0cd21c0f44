"""A stand-in network whose memory is known: what it keeps, a spike of 10 ms, and what runs take."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import numpy as np

from harness.backends.base import Arrays
from harness.core.case import Case, Target
from harness.core.task import Task
from harness.core.trial import Pass
from model_zoo.export.artifact import Artifact, no_file
from model_zoo.solve import solve

MIB: Final = 1 << 20
_SPIKE_S: Final = 0.010
_SPEC: Final = solve("mlp", 20_000)


def _taken(size: int) -> mmap.mmap:
    """Take anonymous memory from the kernel and touch every page; closing gives it back at once."""
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # not shared memory
    np.frombuffer(block, dtype=np.uint8)[:: mmap.PAGESIZE] = 1
    return block


@dataclass(slots=True)
class LoadedBallast:
    """Takes `work` bytes while it runs, and none afterwards."""

    work: int
    asynchronous: bool = False
    marks: tuple[int, int] | None = None
    """What its allocator says of a GPU."""
    bound: Arrays = field(default=())

    def bind(self, inputs: Arrays) -> None:
        """Keep the inputs."""
        self.bound = inputs

    def run(self) -> None:
        """Take the bytes and give them back."""
        _taken(self.work).close()

    run_with_transfers = run

    def synchronize(self) -> None:
        """Do nothing."""

    def outputs(self) -> Arrays:
        """Return the inputs."""
        return self.bound

    def effective(self) -> Mapping[str, str]:
        """Return nothing: there is nothing to set."""
        return {}

    def device_time_ns(self) -> int | None:
        """Return None: there is no device."""
        return None

    def allocator_peak(self) -> tuple[int, int] | None:
        """Return what it was made with."""
        return self.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballast:
    """A backend of such networks; sizes in bytes, of whole pages."""

    weights: int
    spike: int
    work: int
    marks: tuple[int, int] | None = None

    def availability(self, target: Target) -> None:
        """Serve any target."""
        del target

    def preload(self) -> None:
        """Import nothing."""

    @contextmanager
    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> Iterator[LoadedBallast]:
        """Take the weights, and the spike beside them for 10 ms."""
        del artifact, target, batch_size
        weights = _taken(self.weights)
        spike = _taken(self.spike)
        end = perf_counter() + _SPIKE_S
        while perf_counter() < end:
            pass
        spike.close()
        yield LoadedBallast(self.work, marks=self.marks)
        weights.close()


def ballast_task(bound: int, device: str = "cpu") -> Task:
    """Return the task of weighing such a network, which needs `bound` bytes at the least."""
    artifact = no_file(_SPEC)
    return Task(
        case=Case(model=_SPEC, target=Target(backend="fake", device=device), nominal=0),
        round=1,
        kind=Pass.MEMORY,
        artifact=artifact,
        reference="",
        depth=2,
        widest=100,
        lower_bound=bound,
    )
