"""One runtime's networks, each measured in a fork of a process that has imported it only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.backends.registry import load
from harness.core.case import Case
from harness.measure.probe import scattered_lines
from harness.run.artifacts import Material
from tests.bench.child import answer, forked
from tests.bench.material import case_of, gathered

Pair = Callable[[Case, Material, Any], dict[str, Any]]
"""Measures one network, given the arrays of the probe; returns plain data."""


def measure_each(pair: Pair, backend: str, cache: Path, networks: Sequence[str]) -> None:
    """Fork once a network, and answer with what each left, by its slug."""
    cases = [case_of(network, backend) for network in networks]
    material = gathered(cases, cache)
    load(backend).preload()
    if backend == "eager":
        import model_zoo.build  # noqa: F401 - so that forks need not import it
    lines = scattered_lines()
    answer({case.slug: forked(partial(pair, case, material[case.id], lines)) for case in cases})
