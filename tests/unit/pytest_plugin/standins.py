"""What stands in for pytest's items and pytest-benchmark's fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from harness.pytest_plugin.asked import asked_for
from harness.pytest_plugin.bench import Measured
from harness.pytest_plugin.replay import ReplayTimer

MLP = {"family": "mlp", "params": 1e4}


class _Item:
    """A test with marks, the nearest last."""

    def __init__(self, *marks: Any, **parameters: object) -> None:
        self.marks = [mark.mark for mark in marks]
        self.nodeid = "test_it.py::test_it"
        self.stash = pytest.Stash()
        if parameters:
            self.callspec = SimpleNamespace(params=parameters)

    def iter_markers(self, name: str) -> Iterator[Any]:
        return (mark for mark in reversed(self.marks) if mark.name == name)

    def get_closest_marker(self, name: str) -> Any:
        return next(self.iter_markers(name), None)


def item_with(*marks: Any, **parameters: object) -> Any:
    """Make what stands for an item."""
    return _Item(*marks, **parameters)


@dataclass
class FakeBenchmark:
    """Times as pytest-benchmark's pedantic mode does, and may be used once."""

    timer: ReplayTimer
    extra_info: dict[str, object] = field(default_factory=dict)
    durations_s: list[float] = field(default_factory=list)
    has_error: bool = False
    is_used: bool = False

    def pedantic(
        self,
        target: Callable[..., object],
        args: tuple[object, ...] = (),
        rounds: int = 1,
        iterations: int = 1,
    ) -> None:
        assert not self.is_used
        assert iterations == 1
        self.is_used = True
        try:
            for _ in range(rounds):
                start = self.timer()
                target(*args)
                self.durations_s.append(self.timer() - start)
        except Exception:
            self.has_error = True
            raise


def asked(**settings: object):
    return asked_for({**MLP, "backend": "fake", **settings}, {})


def measured(run, record, samples_s=(1e-3, 2e-3), **settings: object) -> Measured:
    return Measured(asked=asked(**settings), record=record, samples_s=samples_s, run=run)
