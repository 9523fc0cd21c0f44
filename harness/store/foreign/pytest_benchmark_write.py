"""A run as a file of pytest-benchmark, which its own `pytest-benchmark compare` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.core.case import Case
from harness.core.run import Environment
from harness.store.foreign.spread import spread

FORMAT_VERSION: Final = "5.3.1"
"""Of pytest-benchmark, whose format this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What one case hands to another tool."""

    case: Case
    trials: tuple[tuple[float, ...], ...]
    """Seconds of each iteration in the order taken, one row a trial; at least one in all."""
    extra: Mapping[str, Any]
    """What else there is to say, in plain values."""


def document(environment: Environment, timed: Sequence[Timed], made_at: str) -> dict[str, Any]:
    """Describe what was timed in plain values, as pytest-benchmark saves its own.

    Args:
        environment: Where it was measured.
        timed: In the order of the file.
        made_at: ISO 8601, in UTC.
    """
    return {
        "machine_info": machine_info(environment),
        "commit_info": _commit_info(environment),
        "benchmarks": [_benchmark(one) for one in timed],
        "datetime": made_at,
        "version": FORMAT_VERSION,
    }


def machine_info(environment: Environment) -> dict[str, Any]:
    """Describe a machine under pytest-benchmark's keys, then under ours; unknown is empty."""
    system, cpu = environment.system, environment.cpu
    implementation, _, version = system.get("python", "").partition(" ")
    return {
        "node": environment.host,
        "processor": system.get("architecture", ""),
        "machine": system.get("architecture", ""),
        "python_compiler": "",
        "python_implementation": implementation,
        "python_implementation_version": version,
        "python_version": version,
        "python_build": ["", ""],
        "release": system.get("kernel", ""),
        "system": system.get("os", ""),
        "cpu": {"brand_raw": cpu.get("model", ""), "arch": system.get("architecture", "")},
        "memory_bytes": environment.memory_bytes,
        "gpus": [dict(gpu) for gpu in environment.gpus],
        "versions": dict(environment.versions),
        "hard_keys": dict(environment.hard_keys),
        "settings": dict(cpu),
    }


def _commit_info(environment: Environment) -> dict[str, Any]:
    source = environment.source
    return {
        "id": source.get("commit", "unversioned"),
        "time": None,
        "author_time": None,
        "dirty": source.get("dirty") == "yes",
        "project": "",
        "branch": "(unknown)",
    }


def _benchmark(timed: Timed) -> dict[str, Any]:
    case, target = timed.case, timed.case.target
    seconds = [value for trial in timed.trials for value in trial]
    return {
        "group": case.slug.partition("/")[0],
        "name": case.slug,
        "fullname": case.slug,
        "params": {
            "family": case.model.family,
            "backend": target.backend,
            "device": target.device,
            "precision": str(target.precision),
            "threads": target.threads,
            "batch_size": case.batch_size,
            "scenario": str(case.scenario),
        },
        "param": case.id,
        "extra_info": {**timed.extra, "trials": [len(trial) for trial in timed.trials]},
        "options": {},
        "stats": {**spread(seconds), "data": seconds, "iterations": 1},
    }
