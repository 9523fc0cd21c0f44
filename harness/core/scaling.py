"""How cost grows with the parameter count: the law, how sure it is, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.core.case import Case, Scenario, Target


class Form(StrEnum):
    """The alternatives that a law is chosen from, by growing number of parameters."""

    CONSTANT = "constant"
    """The same cost at every size."""
    POWER = "power"
    """coefficient x N^exponent."""
    OVERHEAD_POWER = "overhead_power"
    """overhead + coefficient x N^exponent."""
    TWO_REGIONS = "two_regions"
    """One power below the change point and another above it; they meet there."""


class Bound(StrEnum):
    """What a network's cost is made of in a stretch of sizes."""

    LAUNCH = "launch-bound"
    """Mostly cost that does not depend on the size, or hardly does."""
    THROUGHPUT = "throughput-bound"
    """Mostly cost that grows with the size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95 % interval; an end is None where the data leave it open."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All that is equal among the points of one law."""

    family: str
    variant: str
    target: Target
    scenario: Scenario
    batch_size: int
    metric: str
    unit: str
    """Of the cost: the metric's own, but `s` for a throughput, which becomes time per item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePoint:
    """What one network costs."""

    size: float
    """Parameter count."""
    cost: float
    """In the subject's unit."""
    spread: float | None = None
    """Relative standard error of the cost over trials; None where it is not known."""
    case: Case | None = None
    """None where the point came from a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One form with its numbers: enough to work out a cost and its interval at any size.

    Read it with `harness.analyse.scaling.curve_at` and `cost_at`. Sizes here are natural logarithms
    over `size_unit`; costs too, over `cost_unit`, but for an overhead, which is a plain multiple.
    """

    form: Form
    numbers: tuple[float, ...]
    """constant: level; power: level, exponent; overhead_power: overhead, level, exponent;
    two_regions: level and size of the joint, exponent below, exponent above."""
    covariance: tuple[tuple[float, ...], ...]
    degrees: int
    """Sizes less numbers; 0 where the curve goes through every point and proves nothing."""
    residual_spread: float
    """Relative standard deviation of a network's cost about the curve."""
    size_unit: float
    cost_unit: float
    sizes: tuple[float, ...]
    """Of the points, rising."""
    residuals: tuple[float, ...]
    """By point: logarithm of measured over curve."""
    structure: float
    """Share of the residuals' variance that trials do not explain, 0 to 1: kernels and caches,
    which networks of about the same size have in common."""
    tail: tuple[float, float] | None
    """Exponent beyond the largest size, and its standard error; None for the curve's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One form, as the information criterion sees it."""

    form: Form
    numbers: int
    """Free numbers of the curve, without the residual spread."""
    aicc: float | None
    """Akaike's criterion, corrected for few sizes; None where there are too few for the form."""
    weight: float
    """Share of the evidence among all candidates: 0 to 1."""
    residual_spread: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A stretch of sizes, and the power law in it."""

    bound: Bound
    low: float
    """Smallest size."""
    high: float
    """Largest size."""
    exponent: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The largest size, predicted by a law that was fitted without it."""

    size: float
    cost: float
    predicted: Estimate
    """With the interval for one network, not for the curve."""
    form: Form
    decades: float
    """From the largest size that the law had seen."""

    @property
    def miss(self) -> float:
        """Relative: predicted over measured, less one."""
        return self.predicted.value / self.cost - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodness:
    """How near the points are to the curve."""

    sizes: int
    r_squared: float | None
    """Of the logarithms; None where the cost does not vary."""
    residual_spread: float
    """Relative standard deviation about the curve."""
    trial_spread: float | None
    """Typical relative standard error of a point over trials: what residuals would be if the law
    were exact; None where no point has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A line of the regression table."""

    name: str
    estimate: float
    standard_error: float | None
    t: float | None
    p: float | None
    """Two-sided, that it is zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """The straight line through the logarithms of size and cost, as statisticians print it."""

    n: int
    rows: tuple[Coefficient, ...]
    """Intercept (ln cost at the reference size) and slope (the exponent)."""
    r_squared: float | None
    pearson: Coefficient
    """Of the logarithms."""
    spearman: Coefficient


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """cost = overhead + coefficient x N^exponent for one family on one target, and its doubts."""

    subject: Subject | None
    """None where the points came from a table."""
    points: tuple[SizePoint, ...]
    """By growing size."""
    overhead: Estimate | None
    """In the subject's unit; of the form `overhead_power`, whatever form was chosen: its interval
    is honest about an overhead that cannot be seen. None with fewer than three sizes."""
    coefficient: Estimate | None
    """In the subject's unit, at N = 1: far outside the data, so its interval is wide."""
    exponent: Estimate | None
    reference: float
    """The size nearest 1e6 that the points reach; there the coefficient is well known."""
    at_reference: Estimate | None
    """What grows of the cost, coefficient x N^exponent, at the reference size."""
    change_point: Estimate | None
    """Size at which one region ends and the other begins; None where that is outside the sizes."""
    regions: tuple[Region, ...]
    """One or two, by growing size."""
    form: Form | None
    """The form with the most evidence; None where there are too few sizes for any."""
    curve: Curve | None
    """Of that form: what charts draw, and budgets and break-even sizes rest on."""
    candidates: tuple[Candidate, ...]
    goodness: Goodness | None
    regression: Regression | None
    held_out: HeldOut | None
    outliers: tuple[SizePoint, ...]
    """Points that the curve was fitted without."""
    reasons: tuple[str, ...]
    """Why it does not hold; empty where it does."""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons
