"""The lines under a table: each reason for a missing number once, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.core.reason import Reason
from harness.core.record import Record
from harness.core.trial import Status
from harness.report.columns import Column, network
from harness.report.format import plain_text

_LONGEST = 400
"""Characters of a detail or hint: an error's first lines, not its whole traceback."""
_NAMED_CASES = 3
"""Cases named in a note; the others are counted."""


def footnotes(records: Sequence[Record], columns: Iterable[Column]) -> tuple[str, ...]:
    """Explain every missing number of the columns shown, and every note beside a number.

    Reasons of one code and hint share a line, which quotes the first one's detail.
    """
    metrics = [column.metric for column in columns if column.metric]
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for reason in _reasons(records, metrics):
        reasons.setdefault((reason.code, reason.hint), {}).setdefault(reason.detail)
    lines = [explain(code, hint, list(found)) for (code, hint), found in reasons.items()]
    return (*lines, *_notes(records, metrics))


def _reasons(records: Iterable[Record], metrics: Sequence[str]) -> Iterator[Reason]:
    for record in records:
        if record.outcome.reason:
            yield record.outcome.reason
        if record.outcome.status == Status.COMPLETED:
            found = (record.values[name].reason for name in metrics if name in record.values)
            yield from (reason for reason in found if reason)


def explain(code: str, hint: str, details: Sequence[str]) -> str:
    """Write one line.

    >>> explain("too_few_samples", "sample longer", ["has 12", "has 13", "has 20"])
    'too_few_samples: has 12 (and 2 more alike); sample longer'
    """
    more = f" (and {len(details) - 1} more alike)" if len(details) > 1 else ""
    detail = plain_text(details[0], longest=_LONGEST)
    text = f"{code}: {detail}{more}" if detail else f"{code}{more}"
    return f"{text}; {plain_text(hint, longest=_LONGEST)}" if hint else text


def _notes(records: Iterable[Record], metrics: Sequence[str]) -> Iterator[str]:
    cases: dict[str, dict[str, None]] = {}
    for record in records:
        for name in metrics:
            value = record.values.get(name)
            named = f"{network(record)} {plain_text(record.case.target.backend)}"
            for note in value.note.split("; ") if value and value.note else ():
                cases.setdefault(note, {}).setdefault(named)
    for note, found in cases.items():
        names = ", ".join(list(found)[:_NAMED_CASES])
        more = f" and {len(found) - _NAMED_CASES} more" if len(found) > _NAMED_CASES else ""
        yield f"{plain_text(note)}: {names}{more}"
