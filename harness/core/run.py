"""One invocation: what was asked, on which machine, and every trial that it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.core.case import Case
from harness.core.reason import Reason
from harness.core.trial import Trial
from model_zoo.variants.facts import Facts

SCHEMA_VERSION: Final = 4
"""Raised with every change of meaning; `harness.store.migrate` reads the older ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine and the software of a run, as text that people and programs can compare."""

    host: str
    system: Mapping[str, str]
    """Operating system, kernel, interpreter, container or hypervisor."""
    cpu: Mapping[str, str]
    """Model, cores, caches, SMT, governor, affinity, cgroup quota."""
    memory_bytes: int
    """0 where it is not known, as on a machine that another tool described."""
    gpus: tuple[Mapping[str, str], ...] = ()
    """By UUID: name, driver, clocks, power limit, MIG."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of every package that can move a number."""
    source: Mapping[str, str] = field(default_factory=dict)
    """Git commit and whether the tree was dirty."""
    hard_keys: Mapping[str, str] = field(default_factory=dict)
    """The few facts that must be equal for two runs to be comparable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietLevel:
    """What the native probe reads on this machine when nothing disturbs it."""

    native_ns: float
    probe_version: int
    anchored: bool
    """True where stored runs of this machine gave it; False where this run did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """The first line of a run file."""

    schema_version: int
    run_id: str
    started_at: str
    """ISO 8601, in UTC."""
    command: tuple[str, ...]
    plan: Mapping[str, object]
    rounds: int
    seed: int
    """Of the order of cases within each round."""
    environment: Environment
    cases: tuple[Case, ...]
    parameter_counts: Mapping[str, int]
    """By case id; a case whose count is not known is missing."""
    variants: Mapping[str, Facts] = field(default_factory=dict)
    """By case id: what a variant holds, and how near it is to the plain network."""
    level: QuietLevel | None = None
    candidate: Environment | None = None
    """Of the second interpreter of an A/B run; `environment` is then the baseline's."""
    skipped: Mapping[str, Reason] = field(default_factory=dict)
    """By case id: cases that this machine cannot measure, and why."""
    search: Mapping[str, str] = field(default_factory=dict)
    """What a search was asked, which measures some of its cases; empty for any other run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """The last line of a run that went to its end."""

    finished_at: str
    level: QuietLevel | None = None
    """As this run's own probes gave it, over all trials."""
    phases_ns: Mapping[str, int] = field(default_factory=dict)
    """Wall time of the controller: artifacts, servers, trials, memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run file, read."""

    path: str
    header: RunHeader
    trials: tuple[Trial, ...]
    end: RunEnd | None = None
    torn: str = ""
    """What is wrong with the last line, where a crash tore it; empty for nothing."""
