"""The kinds of array that statistics take and give, one-dimensional where nothing else is said."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any] | np.integer[Any]]
"""Readings in any unit: durations in integer nanoseconds or in seconds."""

Flags: TypeAlias = NDArray[np.bool_]
"""One answer a reading."""

Positions: TypeAlias = NDArray[np.integer[Any]]
"""Indices into another array."""
