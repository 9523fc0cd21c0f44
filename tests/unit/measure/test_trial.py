from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from harness.backends.base import Compiler
from harness.backends.fake import FakeBackend
from harness.core.case import Target
from harness.core.task import Task
from harness.measure.trial import Phases, _built

TASK = cast(
    "Task",  # no more of it is read
    SimpleNamespace(
        artifact="network", case=SimpleNamespace(target=Target(backend="tensorrt"), batch_size=8)
    ),
)


@dataclass(frozen=True, slots=True)
class Building(FakeBackend):
    """A backend that compiles, and notes what."""

    built: list[tuple[object, str, int]] = field(default_factory=list)

    def build(self, artifact, target, batch_size):
        self.built.append((artifact, target.backend, batch_size))
        return 42


def test_a_compiler_works_in_a_phase_of_its_own_and_its_own_time_is_kept():
    backend, phases = Building(), Phases()
    assert isinstance(backend, Compiler)
    assert _built(backend, TASK, phases) == 42
    assert backend.built == [("network", "tensorrt", 8)]
    assert list(phases.spent) == ["build"]


def test_a_backend_that_compiles_nothing_has_no_such_phase_and_no_such_time():
    phases = Phases()
    assert _built(FakeBackend(), TASK, phases) is None
    assert phases.spent == {}
