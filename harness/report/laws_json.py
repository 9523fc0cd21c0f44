"""Laws for programs: objects for JSON. Nothing is scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.core.scaling import Law


def law_objects(laws: Sequence[Law]) -> list[dict[str, Any]]:
    """Describe each law in plain values, units of SI without a prefix."""
    raise NotImplementedError
