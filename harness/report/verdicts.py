"""Comparisons as rows of text, for a terminal and for a pull request alike."""

from __future__ import annotations

from harness.analyse.compare.compared import Compared
from harness.report.table import Table


def verdict_table(compared: Compared) -> Table:
    """Lay out every comparison; the worst first."""
    raise NotImplementedError
