"""What the integration tests run: short plans, broken cases, and the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.case import Case, Target
from harness.core.record import Record
from harness.run.plan import Plan, make_plan
from model_zoo.solve import solve


@dataclass
class Quiet:
    """A listener that keeps what it is told."""

    messages: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def expect(self, total: int) -> None:
        self.labels.append(f"{total} trials")

    def step(self, label: str, done: int, seconds_left: float | None) -> None:
        del done, seconds_left
        self.labels.append(label)

    def message(self, text: str) -> None:
        self.messages.append(text)


def command(arguments: Sequence[object]) -> list[str]:
    return [sys.executable, "-P", "-m", "scalecurve", *map(str, arguments)]


def short_plan(**changes: object) -> Plan:
    plan = {"family": ["mlp"], "params": ["1e4"], "backend": ["fake"], "rounds": 2}
    return make_plan({**plan, "seconds": 0.02, "timeout": 30, **changes})


def fake_case(**options: str) -> Case:
    """Make a case of the fake backend, with the fault that the options ask for."""
    pairs = tuple(sorted({"work_us": "50", **options}.items()))
    return Case(model=solve("mlp", 10_000), target=Target(backend="fake", options=pairs))


def by_fault(records: Sequence[Record]) -> dict[str, Record]:
    return {record.case.target.option("fault"): record for record in records}
