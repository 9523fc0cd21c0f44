"""What the processes of one case take up together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from harness.core.trial import HostMemory, Member, Trial


def together(trial: Trial) -> HostMemory | None:
    """Return the memory of all processes of a trial, added up; None where none was weighed.

    Pages that processes share, such as those of libraries, count in each: the sum is what as many
    machines would need, and more than what one machine needs. A figure that one process could not
    read has no sum.
    """
    parts: tuple[Trial | Member, ...] = (trial, *trial.others)
    held = [part.memory for part in parts if part.memory is not None]
    if len(held) < 1 + len(trial.others):
        return None
    if len(held) == 1:
        return held[0]
    counts = {field.name: [getattr(one, field.name) for one in held] for field in fields(held[0])}
    return replace(held[0], **{name: _sum(values) for name, values in counts.items()})


def _sum(values: Sequence[Any]) -> Any:  # noqa: ANN401 - fields of several types
    """Add up numbers; None where one is missing; what is no number stands as it is."""
    if all(isinstance(value, int) for value in values):
        return sum(values)
    return None if any(isinstance(value, int) for value in values) else values[0]
