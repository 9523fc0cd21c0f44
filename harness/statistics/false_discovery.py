"""Many questions at once: what share of the answers may be chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Numbers


def adjusted(p_values: Numbers) -> NDArray[np.float64]:
    """Return the smallest false discovery rate at which each hypothesis is rejected: (m,).

    Source: Benjamini and Hochberg, Controlling the False Discovery Rate (1995); Yekutieli and
    Benjamini (1999), definition 2.4, for the adjusted values. It holds where the tests are
    independent, or depend on each other positively.

    Args:
        p_values: (m,) each from 0 to 1; may be empty.

    Raises:
        ValueError: one is not.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a p-value is not between 0 and 1")
    order = np.argsort(values, kind="stable")
    ranked = values[order] * values.size / np.arange(1, values.size + 1)
    result = np.empty(values.shape)
    result[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return result


def level_of_one_more(p_values: Numbers, rate: float) -> float:
    """Return the p-value that one more hypothesis would need, so that it is rejected as well.

    With k of m rejected it is (k + 1) / m of the rate: the level that counts where one asks what
    change of a single case would have been seen among all others.
    """
    size = max(1, np.asarray(p_values).size)
    rejected = int((adjusted(p_values) <= rate).sum())
    return rate * min(rejected + 1, size) / size
