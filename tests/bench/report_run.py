"""A made-up run of very many cases, for the page's size and speed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.core.case import Case, Target
from harness.core.run import RunEnd
from harness.store.fake import FakeMachine, fake_header, fake_memory_trial
from harness.store.write import RunWriter
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
    header = replace(fake_header(cases, _ROUNDS), run_id=f"{count:016}")
    with RunWriter.create(folder, header) as writer:
        for case in cases:
            latency_ns = 20_000 + case.nominal // 2 * (1 + _BACKENDS.index(case.target.backend))
            machine = FakeMachine(latency_ns=latency_ns, slow_share=0.0, iterations=2, hunting=0)
            for number in range(_ROUNDS):
                writer.append_trial(machine.trial(case, number))
            writer.append_trial(fake_memory_trial(case))
        writer.finish(RunEnd(finished_at="2026-01-02T03:10:00+00:00"))
    return writer.path


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
