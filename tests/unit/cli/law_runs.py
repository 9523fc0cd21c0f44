"""Runs of a made-up machine on which every latency follows a law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.core.case import Case, Target
from harness.store.fake import FakeMachine, fake_header, fake_memory_trial
from harness.store.write import RunWriter
from model_zoo.solve import solve

SIZES = tuple(round(10 ** (4 + step / 2)) for step in range(8))
BACKENDS = {"eager": (2e-4, 4e-9), "onnxruntime": (5e-4, 1e-9)}
"""Overhead and coefficient, in seconds; the exponent is 1."""


def write_run(
    folder: Path,
    *,
    sizes: Sequence[int] = SIZES,
    cpu: str = "Made Up 3000",
    backends: Mapping[str, tuple[float, float]] = BACKENDS,
) -> Path:
    """Write a run of one family, and return its path."""
    cases = tuple(
        Case(model=solve("mlp", size), target=Target(backend=backend), nominal=size)
        for backend in backends
        for size in sizes
    )
    header = fake_header(cases)
    environment = replace(header.environment, hard_keys={"cpu_model": cpu})
    with RunWriter.create(folder, replace(header, environment=environment)) as writer:
        for case in cases:
            overhead, coefficient = backends[case.target.backend]
            seconds = overhead + coefficient * case.nominal
            machine = FakeMachine(latency_ns=round(1e9 * seconds), slow_share=0.0)
            for number in range(3):
                writer.append_trial(machine.trial(case, number))
            writer.append_trial(fake_memory_trial(case))
        return writer.path
