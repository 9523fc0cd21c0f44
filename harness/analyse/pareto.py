"""The cases that no other case beats in every metric."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.choice import Front
from harness.core.record import Record


def front(records: Sequence[Record], metrics: Sequence[str]) -> Front:
    """Find the front of two or three metrics.

    Raises:
        UsageError: another number of metrics, or one without a better direction.
    """
    raise NotImplementedError
