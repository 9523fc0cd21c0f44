"""Budgets as people write them: `latency_p99=10ms`, read strictly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from harness.cli.arguments import choose
from harness.core.choice import Limit
from harness.core.errors import UsageError
from harness.core.metric import METRICS, Better, Metric

UNITS: Final = {
    "s": {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0},
    "B": {
        "B": 1.0,
        "kB": 1e3,
        "MB": 1e6,
        "GB": 1e9,
        "TB": 1e12,
        "KiB": 2.0**10,
        "MiB": 2.0**20,
        "GiB": 2.0**30,
        "TiB": 2.0**40,
    },
    "J": {"uJ": 1e-6, "µJ": 1e-6, "mJ": 1e-3, "J": 1.0, "kJ": 1e3},
    "W": {"mW": 1e-3, "W": 1.0, "kW": 1e3},
    "1/s": {"1/s": 1.0, "/s": 1.0, "k/s": 1e3, "M/s": 1e6},
    "1": {"%": 0.01, "": 1.0},
}
"""By the metric's unit: what may be written, and the factor to SI. Case counts."""

_QUANTITY: Final = re.compile(
    r"\s*((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([^0-9\s][^\s]*|1/s)?\s*"
)

_CONDITION: Final = re.compile(r"([^<>=]+?)\s*([<>])=?\s*([^<>=]+)")


def parse_limits(
    most: Sequence[str],
    least: Sequence[str],
    *,
    flags: tuple[str, str] = ("--max", "--min"),
    known: Mapping[str, Metric] = METRICS,
) -> tuple[Limit, ...]:
    """Read `--max` and `--min`; each may hold several, comma-separated.

    Args:
        most: What may be spent at most.
        least: What has to be reached at least.
        flags: What the two are written with.
        known: Metrics that may be named.

    Raises:
        UsageError: an unknown metric, a number or unit that is none, a limit in the direction that
            is better, one metric twice, or no limit at all.
    """
    found = [
        _limit(item.strip(), better=better, flags=flags, known=known)
        for texts, better in ((most, Better.LOWER), (least, Better.HIGHER))
        for text in texts
        for item in text.split(",")
    ]
    if not found:
        raise UsageError("no budget; give for example --max latency_p99=10ms --max peak_rss=2GB")
    names = [limit.metric for limit in found]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UsageError(f"{twice[0]} has two limits; give one")
    return tuple(found)


def parse_conditions(
    texts: Sequence[str], known: Mapping[str, Metric] = METRICS
) -> tuple[Limit, ...]:
    """Read conditions as `latency_p99<10ms` or `throughput>100/s`; each text may hold several.

    >>> [one.text for one in parse_conditions(["latency_p99 < 10ms,throughput>=9/s"])]
    ['latency_p99=10ms', 'throughput=9/s']

    Raises:
        UsageError: as `parse_limits`, or what is read is no condition.
    """
    most: list[str] = []
    least: list[str] = []
    for item in (part.strip() for text in texts for part in text.split(",")):
        found = _CONDITION.fullmatch(item)
        if found is None:
            raise UsageError(f"{item!r} is no condition; expected for example latency_p99<10ms")
        (most if found[2] == "<" else least).append(f"{found[1]}={found[3]}")
    return parse_limits(most, least, flags=("<", ">"), known=known) if most or least else ()


def parse_quantity(text: str, unit: str) -> float:
    """Read a positive number with its unit, for example `10ms`; return it in SI.

    >>> parse_quantity("10ms", "s"), parse_quantity("2 GiB", "B")
    (0.01, 2147483648.0)

    Raises:
        UsageError: no such number or unit; the message lists the units there are.
    """
    matched = _QUANTITY.fullmatch(text)
    if matched is None:
        raise UsageError(f"{text!r} is no number with a unit, such as 10{next(iter(UNITS[unit]))}")
    number, name = matched[1], matched[2] or ""
    units = UNITS[unit]
    if name not in units:
        given = f"unit {name!r}" if name else "no unit"
        named = ", ".join(filter(None, units))
        raise UsageError(f"{text!r} has {given}; expected a number and one of {named}")
    value = float(number) * units[name]
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{text!r} is no positive number; expected for example 10{name}")
    return value


def _limit(
    text: str, *, better: Better, flags: tuple[str, str], known: Mapping[str, Metric]
) -> Limit:
    flag = flags[better is Better.HIGHER]
    name, equals, quantity = text.partition("=")
    if not equals:
        raise UsageError(f"{flag} {text!r}: expected metric=quantity, for example latency_p99=10ms")
    metric = known[choose(name.strip(), known, "metric")]
    if metric.better is Better.NEITHER:
        raise UsageError(f"{flag} {text!r}: no direction of {metric.name} is better")
    if metric.better is not better:
        right = flags[metric.better is Better.HIGHER]
        raise UsageError(f"{flag} {text!r}: {metric.name} is better {metric.better}; use {right}")
    value = parse_quantity(quantity, metric.unit)
    return Limit(metric=metric.name, value=value, text=f"{metric.name}={quantity.strip()}")
