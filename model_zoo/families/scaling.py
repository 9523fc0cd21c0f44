"""How a family grows: the numbers that the solver reads, one rule for all families.

Depth and width grow in a fixed proportion, because at a fixed count the shape of a network matters
little over a wide range, and published series keep to it (BERT and GPT-2 have 64 units of width a
layer).

Source: Kaplan et al., Scaling Laws for Neural Language Models (2020), section 3.1 and figure 5.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Proportion and limits of a family's depth and width."""

    width_per_layer: int
    """Width divided by depth, held along the family."""
    least_depth: int
    """Depth of the smallest network."""
    least_width: int
    """Width of the smallest network."""
    width_step: int
    """Largest step between two widths: they are multiples of it where it is a small part."""
    adjusted: tuple[str, ...]
    """Sizes raised one after the other to close the gap to the target, coarsest first."""

    def align(self, width: int) -> int:
        """Round a width down to one that runtimes like: multiples of a growing power of two."""
        eighth = 1 << max(width.bit_length() - 4, 0)
        step = min(eighth, self.width_step)
        return max(width // step * step, self.least_width)
