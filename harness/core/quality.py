"""What networks learned of a data set: what was asked, every fold, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.core.metric import METRICS, Better, Metric
from harness.core.record import Value
from harness.core.run import Environment
from model_zoo.spec import ModelSpec
from model_zoo.train.curves import Confusion, Curves
from model_zoo.train.recipe import Recipe

QUALITY_VERSION: Final = 1
"""Of the file; raised with every change of meaning."""


def _share(name: str, description: str) -> Metric:
    return Metric(name=name, unit="1", better=Better.HIGHER, description=description)


_ALL: Final = (
    _share("accuracy", "Share of the items held out that were classified rightly."),
    _share("recall", "Share of each class that was found, mean over the classes."),
    _share("f1", "Harmonic mean of recall and precision, mean over the classes."),
    Metric(
        name="training_time",
        unit="s",
        better=Better.LOWER,
        description="Wall time of all steps of one training.",
    ),
)
QUALITIES: Final = {metric.name: metric for metric in _ALL}
"""What is known of a trained network, by name, in the order of the tables."""
MEASURES: Final = {**METRICS, **QUALITIES}
"""Everything that a record has a value of once a network's quality has joined it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network that is trained, or a variant of one that is made of the trained network."""

    spec: ModelSpec
    parameter_count: int
    nominal: int
    """Parameters asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityHeader:
    """The first line of a file."""

    schema_version: int
    quality_id: str
    started_at: str
    """ISO 8601, in UTC."""
    command: tuple[str, ...]
    plan: Mapping[str, object]
    data: str
    items: int
    classes: int
    folds: int
    recipe: Recipe
    threads: int
    environment: Environment
    networks: tuple[Network, ...]
    """A variant comes after the network that it is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One network on one fold: what it did with the items held out."""

    digest: str
    """Of the network's spec."""
    fold: int
    """From 0."""
    confusion: Confusion = ()
    """Empty where it failed."""
    curves: Curves | None = None
    """None of a variant, which is not trained by itself, and where it failed."""
    failure: str = ""
    """Why there is no score; empty where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRun:
    """A file, read."""

    path: str
    header: QualityHeader
    scored: tuple[Scored, ...]
    torn: str = ""
    """What is wrong with the last line, where a crash tore it; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What all folds of one network come to: worked out on reading, never stored."""

    network: Network
    folds: int
    """Folds that were scored."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """By metric name; every metric of `QUALITIES` has an entry."""
    curves: Curves | None = None
    """Mean over the folds, epoch by epoch; None of a variant."""
    overfits_after: int | None = None
    """Epoch, from 1, after which it over-fits; None where it does not."""
    failures: tuple[str, ...] = ()
    """Why folds have no score, each reason once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A file with what its networks come to."""

    header: QualityHeader
    found: tuple[Quality, ...]
    """In the order of the header."""
