"""What is known of a variant: what it holds, and how near it is to its parent. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a network has and does, beside what the plain network of its spec has."""

    nominal_parameters: int
    """Of the plain network: its grade."""
    stored_parameters: int
    """Numbers that are kept, zeros among them; scales are none."""
    nonzero_parameters: int
    """On paper those that pruning leaves; of an artifact they are counted."""
    stored_bytes: int
    """Of all weights with their scales, in the form in which they are kept."""
    flops: int
    """Of one item; a product with zero is one, too, for dense kernels do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How near a variant's outputs are to those of the plain network with the same weights."""

    relative_error: float
    """Root of the summed squares of all differences, over that of the plain network's outputs."""
    top1_agreement: float
    """Share of rows of the first output whose largest number is in the same place."""
    items: int
    """Of the zoo's inputs, none of which calibrated the variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found out about a variant when its artifact was made."""

    account: Account
    fidelity: Fidelity

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Facts:
        """Make facts of what a manifest says: `Any`, because it was read from a file.

        Raises:
            TypeError: a field is unknown or missing.
        """
        return cls(account=Account(**record["account"]), fidelity=Fidelity(**record["fidelity"]))

    def as_record(self) -> dict[str, Any]:
        """Return the fields as a JSON writer takes them; `from_record` reads them back."""
        return asdict(self)
