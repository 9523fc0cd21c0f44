"""Which slices were taken while the machine was at its best, and what the network cost in them.

A slice lies between two probes. Probes know nothing of the network, so that choosing slices by them
does not bias its latency; choosing by the samples would. All constants are this project's own
measurements on a 2-core virtual machine, some with the spread of 15 fresh processes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Flags, Numbers, Positions
from harness.statistics.autocorrelation import effective_size_of_quantile
from harness.statistics.interval import Interval
from harness.statistics.order import quantile_interval, sample_quantile

NATIVE_TOLERANCE: Final = 0.05
"""Of the native probe above its level, as a share. Source: own measurement; crc32 is 1.18 times
slower in a slow episode, and its quiet level moves by 0.7 % between processes."""

LOOP_TOLERANCE: Final = 0.20
"""Of the counting loop above its level, as a share. Source: own measurement; the loop is 1.3 to 1.6
times slower in a slow episode. Slices beside a loop 12 to 20 % above its level cost 0.1 % more than
those below that (685 against 2,849 slices of 49 cases), beside one over 30 % above it 2.4 %."""

LOOP_LEVEL_QUANTILE: Final = 0.10
"""Source: own measurement; low quantiles hold down to a quiet share of a tenth. The loop's level
moves by 4 to 5.6 % between processes, so it is never taken from another one."""

FEWEST_QUIET_SLICES: Final = 8
"""Below it a median of slices is no value. Source: own measurement, and two more than an interval
of the median needs if slices are independent."""

WAITED_SHARE: Final = 0.02
"""Of a slice that another process may have had the core. Source: own measurement; the system's own
work takes under 0.5 %, and one competing process a half."""

LONG_SLICE_S: Final = 0.1
FEWEST_LONG_SLICES: Final = 3
"""Slices of one slow iteration each, a tenth of a second or more, average the machine's state by
themselves, and eight of them would take most of a sweep: three are a value."""

_MODE_WIDTH = 0.03
"""Relative width of a mode: four times the 0.7 % by which the quiet level of crc32 spreads, and a
sixth of the 18 % to its slow level. Source: own measurement."""
_MODE_SHARE = 0.05
"""Share of the readings that makes a mode. Source: own measurement."""
_FEWEST_IN_A_MODE = 3
"""Readings that make a mode however few there are: one or two may be a clock's slip."""
_FEWEST_FOR_A_MODE = 20
"""Readings below which no mode is looked for."""
_LOW_QUANTILE = 0.05
"""What stands for the level where there is no mode."""


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Readings of both probes, taken one after the other at the same k moments.

    Raises:
        ValueError: the two arrays differ in length or are not one-dimensional.
    """

    native_ns: Numbers
    """(k,) nanoseconds that a small native kernel took: a stable level, little contrast."""
    loop_ns: Numbers
    """(k,) nanoseconds that a counting loop took: a loose level, much contrast."""

    def __post_init__(self) -> None:
        if self.native_ns.ndim != 1 or self.native_ns.shape != self.loop_ns.shape:
            raise ValueError(
                f"native readings of shape {self.native_ns.shape} beside loop readings of shape "
                f"{self.loop_ns.shape}; expected two rows of equal length"
            )


def native_level(native_ns: Numbers) -> float | None:
    """Return the quiet level of a native probe: its lowest mode with a fair share of the readings.

    A mode is a window 3 % wide that holds at least 5 % of the readings, and at least three, and as
    many as any window that begins within it; the level is the median of that window. With fewer
    than 20 readings, or no mode among them, a low quantile stands in.

    Returns:
        Nanoseconds; None where there is no reading.
    """
    if native_ns.size == 0:
        return None
    ordered = np.sort(np.asarray(native_ns, dtype=np.float64))
    if ordered.size >= _FEWEST_FOR_A_MODE:
        mode = _lowest_mode(ordered)
        if mode is not None:
            return float(np.median(mode))
    return float(np.quantile(ordered, _LOW_QUANTILE))


def loop_level(loop_ns: Numbers) -> float:
    """Return the quiet level of a counting loop, in nanoseconds.

    It holds only for readings of one process, taken while a native probe said that the machine was
    at its level: among slow readings alone it would take slow for quiet.

    Raises:
        ValueError: there are no readings.
    """
    if loop_ns.size == 0:
        raise ValueError("no readings of the loop; expected at least one for a level")
    return sample_quantile(loop_ns, LOOP_LEVEL_QUANTILE)


def classify(
    probes: Probes,
    before: Positions,
    after: Positions,
    level: float,
    *,
    native_tolerance: float = NATIVE_TOLERANCE,
    loop_tolerance: float = LOOP_TOLERANCE,
) -> Flags:
    """Say which slices lie between two quiet probes.

    A probe is quiet where its native reading is at most the tolerance above `level`, and its loop
    at most the tolerance above the loop's own level; that level is taken where the native reading
    confirms the machine's state, and where it never does nothing is quiet.

    Args:
        probes: Of one process.
        before: (m,) index of the probe before each slice.
        after: (m,) index of the probe after each slice.
        level: Quiet level of the native probe in nanoseconds, from this machine's history or run.
        native_tolerance: Relative, above the level; a reading below it is quiet.
        loop_tolerance: Relative, above the loop's own level.

    Returns:
        (m,) true where the slice is quiet.

    Raises:
        ValueError: `before` and `after` differ in length, or the level is not positive.
    """
    if before.shape != after.shape:
        raise ValueError(f"{before.size} probes before slices, {after.size} after; expected pairs")
    if not level > 0:
        raise ValueError(f"native level {level} ns; expected a positive number")
    confirmed: Flags = probes.native_ns <= level * (1 + native_tolerance)
    if not confirmed.any():
        return np.zeros(before.shape, dtype=np.bool_)
    ceiling = loop_level(probes.loop_ns[confirmed]) * (1 + loop_tolerance)
    quiet: Flags = confirmed & (probes.loop_ns <= ceiling)
    return quiet[before] & quiet[after]


def undisturbed(waited: Numbers, durations: Numbers) -> Flags:
    """Say in which slices no other process had the core for long: (m,).

    Args:
        waited: (m,) time that the measuring process was ready and not running; empty where it is
            not known: then the probes alone decide.
        durations: (m,) of the slices, in the same unit.
    """
    if not waited.size:
        return np.ones(durations.shape, dtype=np.bool_)
    calm: Flags = waited <= durations * WAITED_SHARE
    return calm


def fewest_quiet(slice_s: float) -> int:
    """Return how many quiet slices, of this typical duration in seconds, make a value."""
    return FEWEST_LONG_SLICES if slice_s >= LONG_SLICE_S else FEWEST_QUIET_SLICES


def quiet_median(
    slice_medians: Numbers, quiet_mask: Flags, minimum: int = FEWEST_QUIET_SLICES
) -> float | None:
    """Return the median of the quiet slices' medians, in their unit.

    Returns:
        None where fewer than `minimum` slices are quiet.

    Raises:
        ValueError: the mask is not as long as the medians.
    """
    chosen = _chosen(slice_medians, quiet_mask)
    return float(np.quantile(chosen, 1 / 2)) if chosen.size >= max(minimum, 1) else None


def quiet_interval(slice_medians: Numbers, quiet: Flags) -> Interval | None:
    """Return the median of the quiet slices' medians with its interval at their effective size.

    Slices on both sides of a slow episode count as neighbours. They depend on each other less than
    real neighbours do, so the interval is rather too wide than too narrow.

    Returns:
        None where `quiet_median` is None; open ends where the slices depend on each other so much
        that they are worth fewer than six.

    Raises:
        ValueError: the mask is not as long as the medians.
    """
    chosen = _chosen(slice_medians, quiet)
    if chosen.size < FEWEST_QUIET_SLICES:
        return None
    independent = effective_size_of_quantile(chosen, 1 / 2)
    return quantile_interval(chosen, 1 / 2, independent=independent)


def _chosen(slice_medians: Numbers, quiet: Flags) -> Numbers:
    if slice_medians.shape != quiet.shape:
        raise ValueError(f"{slice_medians.size} slices, {quiet.size} answers; expected one each")
    return slice_medians[quiet]


def _lowest_mode(ordered: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the readings in the lowest mode of sorted readings; None where there is no mode.

    From the lowest window that holds enough, go to the fullest that begins in it, until none is
    fuller.
    """
    ends = np.searchsorted(ordered, ordered * (1 + _MODE_WIDTH), side="right")
    held = ends - np.arange(ordered.size)
    enough = max(_FEWEST_IN_A_MODE, math.ceil(_MODE_SHARE * ordered.size))
    candidates = np.flatnonzero(held >= enough)
    if candidates.size == 0:
        return None
    start = int(candidates[0])
    while True:
        fullest = start + int(np.argmax(held[start : ends[start]]))
        if fullest == start:
            return ordered[start : ends[start]]
        start = fullest
