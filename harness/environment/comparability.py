"""The few facts that must be equal for two runs to be comparable."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from harness.core.run import Environment
from harness.environment.cpu import Facts

HARD_KEYS: Final = {
    "architecture": "Instruction set: other kernels run.",
    "os": "Linux, Darwin or Windows: other schedulers, other allocators.",
    "hypervisor": "A guest shares its processor with others.",
    "cpu_model": "The processor itself.",
    "cores_available": "By affinity: what threads can be spread over.",
    "cpu_quota": "A control group that stops the process part of the time.",
    "smt": "Whether another thread may share the core.",
    "governor": "The rule by which clocks are set.",
    "memory_gib": "Rounded up to an eighth of its power of two, as machines are sold: the kernel "
    "keeps a few per cent for itself, and another few after an update.",
    "gpus": "Models and their number, and whether they are partitioned; no UUIDs, so that equal "
    "machines are comparable.",
}
"""Each with its reason. Never a reading that moves by itself (clocks, BogoMIPS, free memory), and
no version: software is what a comparison is about."""

NOT_KNOWN: Final = "not known"


def hard_keys(
    system: Facts, cpu: Facts, memory_bytes: int, gpus: tuple[Mapping[str, str], ...]
) -> dict[str, str]:
    """Pick the hard keys; one that is not known is left out."""
    keys: Facts = {
        "architecture": system.get("architecture"),
        "os": system.get("os"),
        "hypervisor": system.get("hypervisor"),
        "cpu_model": cpu.get("model"),
        "cores_available": cpu.get("cores_available"),
        "cpu_quota": cpu.get("quota"),
        "smt": cpu.get("smt"),
        "governor": cpu.get("governor"),
        "memory_gib": f"{_as_sold(memory_bytes / 2**30):g}",
        "gpus": _gpus(gpus),
    }
    return {name: value for name, value in keys.items() if value}


def comparability_key(environment: Environment) -> str:
    """Return sixteen hexadecimal digits that differ where any hard key does."""
    text = json.dumps(dict(environment.hard_keys), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def differing_keys(first: Environment, second: Environment) -> dict[str, tuple[str, str]]:
    """Return the hard keys in which two environments differ, sorted, each with both values."""
    ours, theirs = first.hard_keys, second.hard_keys
    pairs = {
        name: (ours.get(name, NOT_KNOWN), theirs.get(name, NOT_KNOWN))
        for name in sorted({*ours, *theirs})
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _as_sold(gib: float) -> float:
    """Round up to a whole eighth of the power of two below.

    >>> _as_sold(23.46), _as_sold(62.7), _as_sold(7.6)
    (24.0, 64.0, 8.0)
    """
    step = 2.0 ** (math.floor(math.log2(gib)) - 3)
    return math.ceil(gib / step) * step


def _gpus(gpus: tuple[Mapping[str, str], ...]) -> str:
    """Write `2 x NVIDIA L4, 1 x NVIDIA H200 (MIG)`; `none` where there are none."""
    names = Counter(
        gpu.get("name", NOT_KNOWN) + (" (MIG)" if gpu.get("mig") == "on" else "") for gpu in gpus
    )
    return ", ".join(f"{number} x {name}" for name, number in sorted(names.items())) or "none"
