"""A made-up run of very many cases, for the page's size and speed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.core.case import Case, Target
from harness.core.run import RunEnd
from harness.core.trial import Trial
from harness.store.fake import FakeMachine, fake_header, fake_memory_trial
from harness.store.line import Line, encode_line
from harness.store.write import run_name
from model_zoo.families import FAMILIES
from model_zoo.solve import solve

_BACKENDS: Final = ("eager", "torchscript", "onnxruntime")
_SMALLEST: Final = 50_000
_GROWTH: Final = 1.012
"""From each size to the next: 420 of them are a little over two decades."""
_ROUNDS: Final = 2


def write_many(folder: Path, count: int) -> Path:
    """Write a run of `count` cases, each with two trials and one memory pass; return its file."""
    cases = _cases(count)
    header = fake_header(cases, _ROUNDS)
    end = RunEnd(finished_at="2026-01-02T03:10:00+00:00")
    trials = (trial for case in cases for trial in _trials(case))
    lines = (Line(header=header), *(Line(trial=trial) for trial in trials), Line(end=end))
    path = folder / run_name(header)
    with path.open("wb") as file:
        file.writelines(map(encode_line, lines))
    return path


def _trials(case: Case) -> Iterator[Trial]:
    latency_ns = 20_000 + case.nominal // 2 * (1 + _BACKENDS.index(case.target.backend))
    machine = FakeMachine(latency_ns=latency_ns, slow_share=0.0, iterations=2, hunting=0)
    yield from (machine.trial(case, number) for number in range(_ROUNDS))
    yield fake_memory_trial(case)


def _cases(count: int) -> tuple[Case, ...]:
    """Take every family at growing sizes on every backend, until there are enough."""
    found: list[Case] = []
    size = float(_SMALLEST)
    while len(found) < count:
        for family in FAMILIES:
            model = solve(family, round(size))
            found += [
                Case(model=model, target=Target(backend=name), nominal=round(size))
                for name in _BACKENDS
            ]
        size *= _GROWTH
    return tuple(found[:count])
