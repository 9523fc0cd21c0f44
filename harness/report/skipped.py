"""What was not tried, in one line a reason: it has no numbers that could stand in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from harness.core.reason import Reason
from harness.core.record import Record
from harness.report.columns import network
from harness.report.footnotes import explain
from harness.report.format import plain_text
from harness.report.order import is_skipped

_FEW: Final = 3
"""Cases of one reason that are named; of more, their targets are."""
_MOST_TARGETS: Final = 6


def skipped_lines(records: Iterable[Record]) -> tuple[str, ...]:
    """Count the skipped cases by reason, with what could be done; details that differ share a line.

    Args:
        records: In the order in which they are reported; of any outcome.
    """
    found: dict[tuple[str, str], list[tuple[Record, Reason]]] = {}
    for record in records:
        reason = record.outcome.reason
        if is_skipped(record) and reason is not None:
            found.setdefault((reason.code, reason.hint), []).append((record, reason))
    return tuple(_line(code, hint, pairs) for (code, hint), pairs in found.items())


def _line(code: str, hint: str, pairs: Sequence[tuple[Record, Reason]]) -> str:
    details = dict.fromkeys(reason.detail for _, reason in pairs)
    cases = "1 case" if len(pairs) == 1 else f"{len(pairs)} cases"
    which = _which([record for record, _ in pairs])
    return f"skipped: {cases} ({which}): {explain(code, hint, list(details))}"


def _which(records: Sequence[Record]) -> str:
    """Name a few cases, or the targets of many."""
    names = [_target(record) for record in records]
    if len(records) <= _FEW:
        names = [f"{network(record)} {name}" for record, name in zip(records, names, strict=True)]
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - _MOST_TARGETS} more" if len(found) > _MOST_TARGETS else ""
    return ", ".join(found[:_MOST_TARGETS]) + more


def _target(record: Record) -> str:
    target = record.case.target
    return plain_text(
        target.backend if target.device == "cpu" else f"{target.backend} {target.device}"
    )
