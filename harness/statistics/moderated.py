"""A spread that many cases share: each case's own variance, drawn towards what the others show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Numbers
from harness.statistics.beta import incomplete_beta
from harness.statistics.gamma import digamma, trigamma, trigamma_inverse

_FEWEST_DEGREES = 1e-6
"""Degrees of freedom below which a variance says nothing."""
_FLOOR = 1e-5
"""Of the median variance: equal readings of a coarse clock are not exactly without spread.
Source: Smyth and others, limma, `fitFDist`."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A scaled inverse chi-squared distribution of the cases' variances."""

    variance: float
    """Its scale, in the squared unit of the readings."""
    degrees: float
    """What it counts for beside a case's own; infinite where all cases have one variance."""


def fit_prior(variances: Numbers, degrees: Numbers) -> Prior | None:
    """Fit the prior to the mean and variance of the cases' log variances.

    Where these vary by no more than chance, all cases have one variance: the pooled one.

    Source: Smyth, Linear Models and Empirical Bayes Methods for Assessing Differential Expression
    in Microarray Experiments (2004), section 6.2.

    Args:
        variances: (cases,) squared standard deviations; below a hundred-thousandth of their median
            they count as that.
        degrees: (cases,) degrees of freedom; cases without any are not looked at.

    Returns:
        None with fewer than two cases, or where at least half of them have no spread at all.

    Raises:
        ValueError: a variance is below zero or not finite.
    """
    own = np.asarray(variances, dtype=np.float64)
    if not (np.isfinite(own).all() and (own >= 0).all()):
        raise ValueError("a variance is below zero or not finite")
    known = np.asarray(degrees) > _FEWEST_DEGREES
    own, freedom = own[known], np.asarray(degrees, dtype=np.float64)[known]
    middle = float(np.median(own)) if own.size > 1 else 0.0
    if middle == 0:
        return None
    own = np.maximum(own, _FLOOR * middle)
    pairs: dict[float, tuple[float, float]] = {
        d: (digamma(d / 2) - math.log(d / 2), trigamma(d / 2)) for d in set(freedom.tolist())
    }
    expected = np.array([pairs[d] for d in freedom.tolist()])
    centred = np.log(own) - expected[:, 0]
    excess = float(centred.var(ddof=1) - expected[:, 1].mean())
    if excess <= 0:
        return Prior(variance=float(np.average(own, weights=freedom)), degrees=math.inf)
    half = trigamma_inverse(excess)
    scale = math.exp(float(centred.mean()) + digamma(half) - math.log(half))
    return Prior(variance=scale, degrees=2 * half)


def moderate(prior: Prior, variances: Numbers, degrees: Numbers) -> NDArray[np.float64]:
    """Return each case's variance and the prior's, averaged by their degrees of freedom: (cases,).

    Source: Smyth (2004), section 3, the posterior variance.
    """
    own, freedom = (np.asarray(part, dtype=np.float64) for part in (variances, degrees))
    if math.isinf(prior.degrees):
        return np.full(own.shape, prior.variance)
    result: NDArray[np.float64] = (prior.degrees * prior.variance + freedom * own) / (
        prior.degrees + freedom
    )
    return result


def moderated_degrees(prior: Prior, degrees: Numbers) -> NDArray[np.float64]:
    """Return the degrees of freedom of the moderated variances: (cases,).

    Never more than all cases have together: no prior knows more than the data that it was fitted
    to. Source: Smyth and others, limma, `eBayes`.
    """
    freedom = np.asarray(degrees, dtype=np.float64)
    result: NDArray[np.float64] = np.minimum(freedom + prior.degrees, freedom.sum())
    return result


def variance_tail(variance: float, degrees: float, prior: Prior) -> float:
    """Return how likely a case of the prior shows at least this variance.

    The ratio to the prior's has an F distribution.
    Source: Smyth (2004), section 4, the marginal distribution; Abramowitz and Stegun, Handbook of
    Mathematical Functions (1964), 26.6.2, for its tail.
    """
    if degrees <= _FEWEST_DEGREES or variance <= 0:
        return 1.0
    beyond = min(prior.degrees, 1e6)
    part, whole = degrees * variance, degrees * variance + beyond * prior.variance
    return incomplete_beta(beyond / 2, degrees / 2, 1 - part / whole, part / whole)
