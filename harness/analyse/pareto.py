"""The cases that no other case beats in every metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.choice import Contender, Front
from harness.core.errors import UsageError
from harness.core.metric import Better
from harness.core.quality import MEASURES
from harness.core.record import Record

_COUNTS: Final = (2, 3)


def front(records: Sequence[Record], metrics: Sequence[str]) -> Front:
    """Find the front of two or three metrics.

    Control cases are left out without a word: they are their twins measured once more.

    Raises:
        UsageError: another number of metrics, an unknown one, or one without a better direction.
    """
    names = tuple(dict.fromkeys(metrics))
    _check(names)
    asked = [record for record in records if not record.case.replica]
    reasons = [_missing(record, names) for record in asked]
    known = [record for record, reason in zip(asked, reasons, strict=True) if not reason]
    table = _Costs.of(known, names)
    contenders = [_contender(known, table, place, names) for place in range(len(known))]
    contenders.sort(key=lambda one: (one.values, one.case.id))
    return Front(
        metrics=names,
        members=tuple(one for one in contenders if one.dominated_by is None),
        dominated=tuple(one for one in contenders if one.dominated_by is not None),
        left_out=tuple(
            (record.case, reason) for record, reason in zip(asked, reasons, strict=True) if reason
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Costs:
    """(cases, metrics): lower is better in all of them."""

    values: NDArray[np.float64]
    best: NDArray[np.float64]
    """The better end of each interval; the value where there is none."""
    worst: NDArray[np.float64]

    @classmethod
    def of(cls, records: Sequence[Record], names: Sequence[str]) -> _Costs:
        columns = [[_ends(record, name) for name in names] for record in records]
        table = np.array(columns, dtype=np.float64).reshape(len(records), len(names), 3)
        return cls(table[:, :, 0], table[:, :, 1], table[:, :, 2])


def _ends(record: Record, name: str) -> tuple[float, float, float]:
    """Return value, better end and worse end of one metric, turned so that lower is better."""
    value = record.values[name]
    assert value.value is not None  # noqa: S101 - records without a value are left out
    low = value.value if value.low is None else value.low
    high = value.value if value.high is None else value.high
    if MEASURES[name].better is Better.HIGHER:
        return -value.value, -high, -low
    return value.value, low, high


def _contender(
    records: Sequence[Record], table: _Costs, place: int, names: Sequence[str]
) -> Contender:
    """Hold one case against all others."""
    values = table.values
    beaten = (values <= values[place]).all(axis=1) & (values < values[place]).any(axis=1)
    by = np.flatnonzero(beaten)
    record = records[place]
    if by.size:
        surely = (table.worst < table.best[place]).all(axis=1)
        is_close = not surely.any()
    else:
        possible = (table.best <= table.worst[place]).all(axis=1)
        possible[place] = False
        is_close = bool(possible.any())
    return Contender(
        case=record.case,
        parameter_count=record.parameter_count,
        values=tuple(known for name in names if (known := record.values[name].value) is not None),
        dominated_by=records[int(by[0])].case if by.size else None,
        is_close=is_close,
    )


def _missing(record: Record, names: Sequence[str]) -> str:
    """Say which metric has no value, and why; empty where all have one."""
    for name in names:
        value = record.values.get(name)
        if value is None or value.value is None:
            reason = value.reason if value is not None else None
            return f"{name}: {reason.code if reason else 'not in this run'}"
    return ""


def _check(names: Sequence[str]) -> None:
    if len(names) not in _COUNTS:
        raise UsageError(f"{len(names)} metrics make no front; expected two or three")
    usable = [name for name, metric in MEASURES.items() if metric.better is not Better.NEITHER]
    for name in names:
        if name not in usable:
            raise UsageError(f"{name!r} has no better direction; expected of {', '.join(usable)}")
