"""The one order in which records are reported, whatever the order in which they were measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.core.case import Scenario
from harness.core.record import Record
from harness.core.trial import Status
from model_zoo.families import FAMILIES

_SCENARIOS: Final = tuple(Scenario)
_FAMILIES: Final = {name: place for place, name in enumerate(FAMILIES)}


def in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Sort by scenario, family, size, batch, then target; a control case follows its twin."""
    return tuple(sorted(records, key=_key))


def measured_first(records: Iterable[Record]) -> tuple[Record, ...]:
    """Sort likewise, with what was skipped after everything else."""
    return tuple(sorted(in_order(records), key=is_skipped))


def is_skipped(record: Record) -> bool:
    """Whether a case was not tried, for example because there is no such device."""
    return record.outcome.status is Status.SKIPPED


def family_place(family: str) -> tuple[int, str]:
    """Order families as the zoo lists them, and any other name after them."""
    return _FAMILIES.get(family, len(_FAMILIES)), family


def _key(record: Record) -> tuple[object, ...]:
    case, target = record.case, record.case.target
    return (
        _SCENARIOS.index(case.scenario),
        family_place(case.model.family),
        record.parameter_count is None,
        record.parameter_count or 0,
        case.model.preset,
        case.model.variant,
        case.batch_size,
        target.device,
        target.precision,
        target.threads,
        case.processes,
        target.backend,
        target.options,
        case.rate,
        case.bound,
        case.replica,
        case.id,
    )
