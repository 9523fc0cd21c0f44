"""The noun of a page: a question, its answer in a sentence, and what the answer rests on."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.charts.figure import Figure
from harness.report.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question that people ask of their measurements."""

    key: str
    """In the page's address, unique on it."""
    question: str
    answers: tuple[str, ...]
    """A sentence each, with its interval, or why there is no answer."""
    details: tuple[str, ...] = ()
    """What the reader must know beside it."""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
