"""What queries that came by the clock left: when each was due, how long it waited and ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rate that was offered while the highest was looked for."""

    rate: float
    """Queries a second, on average."""
    seed: int
    """Of the arrivals."""
    queries: int
    """That were answered before it was over."""
    late: int
    """Of those, how many took longer than the bound, from the intended arrival on."""
    independent: float
    """Independent latencies that would know the 99th percentile as well."""
    low_ns: float | None
    high_ns: float | None
    """The 95 % interval of the 99th percentile of latency; an end is None where it is open."""
    holds: bool
    """Whether the 99th percentile was within the bound."""
    proven: bool
    """Whether its whole interval was on that side of the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How the generator waited until a query was due."""

    margin_ns: int
    """Before each due time that it spends looking at the clock instead of asleep."""
    asleep_ns: int
    """Time without a query, asleep: all processes together."""
    spun_ns: int
    """Time without a query, looking at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Queries at Poisson times, one batch each; columns of equal length, ordered by `due_ns`."""

    rate: float
    """Queries a second, on average, at which the ones below came."""
    seed: int
    bound_ns: int
    """What the 99th percentile of latency may take."""
    service_ns: int
    """Median duration of an iteration before the first query."""
    due_ns: tuple[int, ...]
    """Intended arrival, from the start of the load on."""
    waited_ns: tuple[int, ...]
    """From the intended arrival to the beginning of the pass."""
    served_ns: tuple[int, ...]
    """From there to its end."""
    process: tuple[int, ...]
    """Which process answered it, from 0."""
    waits: Waits
    steps: tuple[Step, ...] = ()
    """Rates that were tried, in that order; none where the rate was given. The last that holds is
    the one above."""
