"""How networks are trained: one recipe for every family and size, so that sizes can be compared.

AdamW with a rate that rises in a straight line and falls along a cosine; gradients are clipped.

Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019), algorithm 2, and SGDR
(2017), equation 5, for the cosine; Goyal et al., Accurate, Large Minibatch SGD (2017), section
2.2, for the rise; Pascanu et al., On the Difficulty of Training Recurrent Neural Networks (2013),
algorithm 1, for clipping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Every number that training depends on, beside the network and the data."""

    epochs: int = 30
    """How often each item is seen."""
    batch_size: int = 64
    """Most items of a step; the steps of an epoch are equally large, to one item."""
    learning_rate: float = 3e-3
    """At its highest."""
    warmup: float = 0.1
    """Share of the steps in which the rate rises."""
    weight_decay: float = 0.05
    """Share of a weight that one step takes away at a rate of 1."""
    clip: float = 1.0
    """Largest norm of all gradients together."""
    seed: int = 0
    """Of folds and of the order of items; weights have the seed of their spec."""

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size) < 1:
            raise ValueError(f"{self.epochs} epochs of batches of {self.batch_size} train nothing")


def rate(recipe: Recipe, step: int, steps: int) -> float:
    """Return the learning rate of a step; the first is 0, and there are `steps` of them."""
    rising = max(1, round(recipe.warmup * steps))
    if step < rising:
        return recipe.learning_rate * (step + 1) / rising
    share = (step - rising) / max(1, steps - rising)
    return recipe.learning_rate * (1 + math.cos(math.pi * share)) / 2
