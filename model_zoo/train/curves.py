"""What training leaves: numbers by epoch, and counts by class. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

Confusion = tuple[tuple[int, ...], ...]
"""Items by their class (row) and the class that the network gave them (column)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What each epoch left, in order."""

    training_loss: tuple[float, ...]
    """Mean cross-entropy over the epoch's items, in nats, as each step met them."""
    validation_loss: tuple[float, ...]
    """Mean cross-entropy over the items held out, in nats, after the epoch."""
    training_accuracy: tuple[float, ...]
    """Share of the epoch's items that were right as each step met them."""
    validation_accuracy: tuple[float, ...]
    epoch_ns: tuple[int, ...]
    """Wall time of the steps alone."""
