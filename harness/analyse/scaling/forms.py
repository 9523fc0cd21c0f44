"""The alternatives, fitted: constant, power, overhead + power, two regions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from harness.analyse.scaling.minimise import Model, Numbers, minimise
from harness.analyse.scaling.series import Series
from harness.core.scaling import Form

NUMBERS: Final = {
    Form.CONSTANT: 1,
    Form.POWER: 2,
    Form.OVERHEAD_POWER: 3,
    Form.TWO_REGIONS: 4,
}
"""Free numbers of each form."""

EXPONENTS: Final = (0.02, 6.0)
"""Outside them a power is a logarithm, or a wall: no cost of a network grows so."""
_STARTS: Final = np.array([0.3, 0.7, 1.0, 1.4, 2.2])
"""Exponents to start from: sums of an overhead and a power have few minima, but more than one."""
_STEPS_A_GAP: Final = 12
"""Joints that are tried between two sizes."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """One form, fitted: see `harness.core.scaling.Curve` for its numbers."""

    form: Form
    numbers: Numbers
    covariance: Numbers
    """(p, p), for residuals whose variance is one."""
    squares: float
    """Weighted sum of squared residuals of logarithms."""
    degrees: int

    @property
    def residual_spread(self) -> float:
        """Relative standard deviation about the curve; 0 where it goes through every point."""
        return math.sqrt(self.squares / self.degrees) if self.degrees else 0.0


def fit_form(form: Form, series: Series) -> Fitted | None:
    """Fit one form; None where there are too few sizes, or no curve of this form."""
    if np.unique(series.sizes).size < NUMBERS[form]:
        return None
    if form is Form.OVERHEAD_POWER:
        found = free_overhead(series)
        return None if found is None or found.numbers[0] <= 0 else found
    if form is Form.TWO_REGIONS:
        return _two_regions(series)
    columns = [np.ones_like(series.sizes), series.sizes][: NUMBERS[form]]
    return _linear(form, series, np.stack(columns, axis=1))


def free_overhead(series: Series) -> Fitted | None:
    """Fit overhead + power with an overhead of any sign; None with fewer than three sizes.

    Below zero it means nothing, but intervals of the exponent are right only if it may go there.
    """
    if np.unique(series.sizes).size < NUMBERS[Form.OVERHEAD_POWER]:
        return None
    numbers, squares = free_overheads(series, series.weights[None])
    if not np.isfinite(squares[0]):
        return None
    return fitted(Form.OVERHEAD_POWER, overhead_power(series), numbers[0], series.sizes.size)


def free_overheads(series: Series, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Fit overhead + power under several weights (k, n): its numbers (k, 3) and squares (k,)."""
    roots = np.repeat(np.sqrt(weights), _STARTS.size, axis=0)
    starts = np.concatenate([_starts(series, row) for row in weights])
    found = minimise(overhead_power(series, roots=roots), starts, range(3))
    squares = found.squares.reshape(-1, _STARTS.size)
    best = np.argmin(squares, axis=1)
    places = np.arange(weights.shape[0])
    return found.numbers.reshape(-1, _STARTS.size, 3)[places, best], squares[places, best]


def fitted(form: Form, model: Model, numbers: Numbers, sizes: int) -> Fitted:
    """Work out squares and covariance where the numbers are."""
    residuals, slopes = model(numbers[None])
    normal = slopes[0].T @ slopes[0]
    return Fitted(
        form=form,
        numbers=numbers,
        covariance=np.linalg.pinv(normal, hermitian=True),
        squares=float(residuals[0] @ residuals[0]),
        degrees=max(sizes - NUMBERS[form], 0),
    )


def overhead_power(series: Series, at: float = 0.0, roots: Numbers | None = None) -> Model:
    """Return the model a + exp(level + c (x - at)); numbers are a, level, c.

    Args:
        series: The points.
        at: Size, as the series has it, at which `level` is the logarithm of what grows.
        roots: (k, n) square roots of weights; those of the series where None.
    """
    roots = np.sqrt(series.weights)[None] if roots is None else roots
    places = series.sizes - at

    def model(numbers: Numbers) -> tuple[Numbers, Numbers]:
        a, level, c = (numbers[:, place, None] for place in range(3))
        allowed = (c > EXPONENTS[0]) & (c < EXPONENTS[1])
        with np.errstate(all="ignore"):
            grown = np.exp(level + c * places)
            cost = np.where(allowed, a + grown, np.nan)
            residuals = roots * (np.log(cost) - series.costs)
            slopes = np.stack([1 / cost, grown / cost, grown * places / cost], axis=2)
        return residuals, slopes * roots[:, :, None]

    return model


def crossing(series: Series) -> Model:
    """Return the model A (1 + (N / N*)^c); numbers are ln A, ln N*, c.

    N* is the size at which overhead and growing part are equal.
    """
    roots = np.sqrt(series.weights)

    def model(numbers: Numbers) -> tuple[Numbers, Numbers]:
        overhead, joint, c = (numbers[:, place, None] for place in range(3))
        allowed = (c > EXPONENTS[0]) & (c < EXPONENTS[1])
        with np.errstate(all="ignore"):
            grown = np.where(allowed, np.exp(c * (series.sizes - joint)), np.nan)
            share = grown / (1 + grown)
            residuals = roots * (overhead + np.log1p(grown) - series.costs)
            slopes = np.stack(
                [np.ones_like(share), -c * share, (series.sizes - joint) * share], axis=2
            )
        return residuals, slopes * roots[:, None]

    return model


def _starts(series: Series, weights: Numbers) -> Numbers:
    """Return good numbers for several exponents: overhead and level are linear where c is fixed.

    Residuals relative to the measured cost stand in for those of logarithms.
    """
    cost = np.exp(series.costs)
    grown = np.exp(_STARTS[:, None] * series.sizes)
    roots = np.sqrt(weights)
    design = np.stack([np.broadcast_to(1 / cost, grown.shape), grown / cost], axis=2)
    design = design * roots[:, None]
    normal = design.transpose(0, 2, 1) @ design
    right = design.transpose(0, 2, 1) @ roots
    solved = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    least = np.exp(series.costs[weights > 0].min())
    overhead = np.clip(solved[:, 0], 0.0, 0.99 * least)
    level = np.log(np.maximum(solved[:, 1], 1e-6 * least))
    return np.stack([overhead, level, _STARTS], axis=1)


def joints(series: Series) -> Numbers:
    """Return the joints that are tried: from the second size to the last but one."""
    inner = np.unique(series.sizes)[1:-1]
    parts = [np.linspace(low, high, _STEPS_A_GAP, endpoint=False) for low, high in pairwise(inner)]
    return np.concatenate([*parts, inner[-1:]])


def joint_squares(series: Series, tried: Numbers) -> tuple[Numbers, Numbers]:
    """Return the least sum of squares for each joint (k,), and its numbers (k, 4)."""
    off = series.sizes - tried[:, None]
    design = np.stack([np.ones_like(off), np.minimum(off, 0), np.maximum(off, 0)], axis=2)
    roots = np.sqrt(series.weights)
    design = design * roots[:, None]
    normal = design.transpose(0, 2, 1) @ design
    right = design.transpose(0, 2, 1) @ (roots * series.costs)
    solved = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    residuals = np.einsum("knp,kp->kn", design, solved) - roots * series.costs
    numbers = np.stack([solved[:, 0], tried, solved[:, 1], solved[:, 2]], axis=1)
    return np.einsum("kn,kn->k", residuals, residuals), numbers


def _two_regions(series: Series) -> Fitted:
    tried = joints(series)
    squares, numbers = joint_squares(series, tried)
    best = numbers[int(np.argmin(squares))]
    return fitted(Form.TWO_REGIONS, _broken(series), best, series.sizes.size)


def _broken(series: Series) -> Model:
    roots = np.sqrt(series.weights)

    def model(numbers: Numbers) -> tuple[Numbers, Numbers]:
        level, joint, below, above = (numbers[:, place, None] for place in range(4))
        off = series.sizes - joint
        residuals = level + below * np.minimum(off, 0) + above * np.maximum(off, 0)
        slope = np.where(off < 0, below, above)
        slopes = [np.ones_like(off), -slope, np.minimum(off, 0), np.maximum(off, 0)]
        return roots * (residuals - series.costs), np.stack(slopes, axis=2) * roots[:, None]

    return model


def _linear(form: Form, series: Series, design: Numbers) -> Fitted:
    roots = np.sqrt(series.weights)
    normal: Numbers = design.T @ (design * series.weights[:, None])
    covariance = np.asarray(np.linalg.inv(normal), dtype=np.float64)
    numbers = covariance @ (design.T @ (series.weights * series.costs))
    residuals = roots * (design @ numbers - series.costs)
    return Fitted(
        form=form,
        numbers=numbers,
        covariance=covariance,
        squares=float(residuals @ residuals),
        degrees=series.sizes.size - design.shape[1],
    )
