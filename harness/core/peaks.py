"""What one device can do at best, as the harness itself measured it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PEAKS_VERSION: Final = 1
"""Raised with every change of what is measured: older figures are then measured anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """Bytes moved per second where the same memory is used again and again."""

    working_set: int
    """Bytes used; small ones stay in a cache."""
    rate: float
    """B/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """The best that was seen of each kind of work, in one process."""

    device: str
    """`cpu`, or `cuda:<index>`."""
    threads: int
    gemm: Mapping[str, float]
    """FLOP/s of square matrix products, by precision; one that the device lacks is not there."""
    bandwidth: tuple[Bandwidth, ...]
    """By growing working set; the last one is main memory's, or the device's."""
    launch: float
    """Seconds that the smallest operation takes, from one call to the next."""
    ways: Mapping[str, float] = field(default_factory=dict)
    """Each way that was tried, in the unit of its kind: the best of a kind is the peak."""
    by: str
    """Package and version that did the work, for example `torch 2.13.0`."""
    measured_at: str = ""
    """ISO 8601, in UTC."""
    hard_keys: Mapping[str, str] = field(default_factory=dict)
    """Of the machine, as in `Environment`."""
    version: int = PEAKS_VERSION
