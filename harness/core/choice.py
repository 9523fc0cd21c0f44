"""What laws and records are for: which target, how large a network, which cases are the best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.core.case import Case, Target
from harness.core.scaling import Estimate, Law, Subject


class Axis(StrEnum):
    """Along what two targets are held against each other."""

    PARAMETER_COUNT = "parameter_count"
    BATCH_SIZE = "batch_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Where two targets cost the same."""

    axis: Axis
    first: Subject
    second: Subject
    """Differs from the first in its target only."""
    size: int | None = None
    """Of the one network, where the axis is the batch size."""
    at: Estimate | None
    """On the axis; None where one is cheaper everywhere, or it cannot be told."""
    cheaper_below: Target | None
    """None where the two cannot be told apart."""
    cheaper_above: Target | None
    is_extrapolated: bool = False
    note: str = ""
    """What the reader must know: one is cheaper at every size, a law does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayBack:
    """How many inferences repay a longer preparation."""

    quick: Case
    """Is ready sooner."""
    fast: Case
    """Answers sooner."""
    inferences: Estimate | None
    """None where it never pays back, or either time is not known."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most, or for a throughput the least, that may be spent."""

    metric: str
    value: float
    """In the metric's unit."""
    text: str
    """As it was asked for, for example `latency_p99=10ms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAnswer:
    """What one limit allows."""

    limit: Limit
    size: float | None
    """Largest size whose predicted cost is within the limit; None where there is none."""
    law: Law | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affordable:
    """The largest network of one family on one target that fits every limit."""

    subject: Subject
    """With the binding metric, or the first asked for where nothing binds."""
    size: int | None
    """Parameters; None where it is refused or nothing fits."""
    probability: float | None
    """That a network of this size meets every limit, the limits taken as independent."""
    binds: Limit | None
    """The limit that ends it."""
    is_extrapolated: bool
    """Beyond the largest or below the smallest size measured."""
    limits: tuple[LimitAnswer, ...]
    note: str = ""
    """Why there is no size, or what to know about it."""

    @property
    def holds(self) -> bool:
        """Whether every law that it rests on holds; a size from one that does not means nothing."""
        return all(one.law is not None and one.law.holds for one in self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One case among those that are held against each other in several metrics."""

    case: Case
    parameter_count: int | None
    """None where it is not known."""
    values: tuple[float, ...]
    """In the order of the metrics, in their units."""
    dominated_by: Case | None
    """A case that is at least as good in every metric and better in one; None on the front."""
    is_close: bool
    """Whether the intervals leave it open: on the front it might not be, or off it might be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The cases that no other beats in every metric."""

    metrics: tuple[str, ...]
    members: tuple[Contender, ...]
    """By growing first metric; equal cases are all kept."""
    dominated: tuple[Contender, ...]
    left_out: tuple[tuple[Case, str], ...] = ()
    """Cases without a value in a metric, and which and why; never taken for zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is built to confirm an answer."""

    answer: Affordable
    fits: tuple[Case, ...]
    """One network, in each scenario that a limit is about."""
    above: tuple[Case, ...]
    """The next grade up; empty where no family is that large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was measured against one limit."""

    limit: Limit
    value: float | None
    is_met: bool | None
    """None where there is no value."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a network that was predicted to fit, and the one above it, really cost."""

    pair: Pair
    fits: tuple[Answered, ...]
    """By limit, in the order asked for."""
    above: tuple[Answered, ...]

    @property
    def is_met(self) -> bool | None:
        """Whether the network meets every limit; None where that was not measured."""
        answers = [one.is_met for one in self.fits]
        return False if False in answers else None if None in answers else True

    @property
    def is_largest(self) -> bool | None:
        """Whether the next grade up misses a limit; None where that was not measured."""
        answers = [one.is_met for one in self.above]
        return True if False in answers else None if None in answers or not answers else False
