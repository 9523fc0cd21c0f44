"""Laws as tables."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.scaling import Law
from harness.report.table import Table


def law_tables(laws: Sequence[Law]) -> tuple[Table, ...]:
    """Lay out one table a metric: the law with its intervals, its form, and whether it holds."""
    raise NotImplementedError


def law_sentence(law: Law) -> str:
    """Say a law in one sentence, with its doubts."""
    raise NotImplementedError
