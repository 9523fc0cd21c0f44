"""Single values far off their neighbours, pulled back before a search for lasting changes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Numbers

_WINDOW: Final = 5
_FAR: Final = 4.0
_NORMAL: Final = 1.4826
"""Standard deviation over median absolute deviation, of a normal distribution.

Source: Rousseeuw and Croux, Alternatives to the Median Absolute Deviation (1993), section 1.
"""


def clip_spikes(logs: Numbers) -> NDArray[np.float64]:
    """Pull values back to within four robust standard deviations of the running median of five.

    One or two values off are a spike that goes back; three of five move the median, and stay. At
    an end the window is that of the first five values, or the last.

    Args:
        logs: (n,) with at least five values, in the order of time.
    """
    size = logs.size
    windows = np.lib.stride_tricks.sliding_window_view(logs, _WINDOW)
    centre = np.clip(np.arange(size) - _WINDOW // 2, 0, size - _WINDOW)
    middle = np.median(windows, axis=1)[centre]
    reach = _FAR * robust_deviation(logs - middle)
    clipped: NDArray[np.float64] = np.clip(logs, middle - reach, middle + reach)
    return clipped


def robust_deviation(residuals: Numbers) -> float:
    """Return the standard deviation around zero that the median absolute value stands for."""
    return _NORMAL * float(np.median(np.abs(residuals)))
