"""Where two targets cost the same, and when a longer preparation is repaid."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.choice import BreakEven, PayBack
from harness.core.record import Record
from harness.core.scaling import Law


def break_evens(laws: Sequence[Law]) -> tuple[BreakEven, ...]:
    """Find the sizes at which two targets cost the same, for every pair that differs in no more."""
    raise NotImplementedError


def batch_break_evens(records: Sequence[Record]) -> tuple[BreakEven, ...]:
    """Find the batch sizes at which two targets cost the same per item, for every network."""
    raise NotImplementedError


def pay_backs(records: Sequence[Record]) -> tuple[PayBack, ...]:
    """Say after how many inferences the faster of two targets has repaid its preparation."""
    raise NotImplementedError
