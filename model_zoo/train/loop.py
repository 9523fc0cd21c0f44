"""One network learns one division of a data set: the same seeds, the same weights."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_zoo.build import build
from model_zoo.spec import ModelSpec
from model_zoo.train.curves import Confusion, Curves
from model_zoo.train.data import Dataset, Fold, inputs
from model_zoo.train.recipe import Recipe, rate

_SCORED = 512
"""Items that are scored at once."""


class Diverged(ArithmeticError):  # noqa: N818 - what happened
    """The loss of a step was not finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """A network, and the items that it learns and is scored by."""

    module: nn.Module
    items: Tensor
    """(items, ...) as the network takes them."""
    labels: Tensor
    fold: Fold

    def scores(self) -> Tensor:
        """Return the scores of the items held out, (items, classes), in evaluation mode."""
        self.module.eval()
        held_out = self.items[torch.from_numpy(self.fold.validation)]
        with torch.inference_mode():
            parts = [self.module(part) for part in torch.split(held_out, _SCORED)]
        return torch.cat(parts)

    def confusion(self) -> Confusion:
        """Count the items held out by their class and the class of their best score."""
        scores = self.scores()
        classes = scores.shape[1]
        pairs = self.truth() * classes + scores.argmax(dim=1)
        table = torch.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        return tuple(tuple(map(int, row)) for row in table.tolist())

    def learned(self) -> Tensor:
        """Return the items that are learned from, (items, ...)."""
        return self.items[torch.from_numpy(self.fold.training)]

    def truth(self) -> Tensor:
        """Return the classes of the items held out."""
        return self.labels[torch.from_numpy(self.fold.validation)]


def learner(spec: ModelSpec, data: Dataset, fold: Fold) -> Learner:
    """Build a network with the weights of its spec, and lay out the items for it.

    Raises:
        ValueError: the network cannot take the items, or has not one score for each class.
    """
    items = torch.from_numpy(inputs(data, spec, fold.training))
    module = build(spec).module.requires_grad_(requires_grad=True)
    return Learner(module, items, torch.from_numpy(data.labels), fold)


def learn(
    learner: Learner,
    spec: ModelSpec,
    recipe: Recipe,
    *,
    clock: Callable[[], int] = perf_counter_ns,
) -> Curves:
    """Train a network by the recipe, to its end: no epoch is chosen by the items held out.

    Args:
        learner: Whose network is trained in place; it is in evaluation mode afterwards.
        spec: Of the network; gives the order of the items, with the recipe's seed.
        recipe: How.
        clock: Nanoseconds since any moment.

    Raises:
        Diverged: a loss was not finite.
    """
    optimiser = torch.optim.AdamW(
        learner.module.parameters(), weight_decay=recipe.weight_decay, fused=True
    )
    order = torch.Generator().manual_seed(_seed(spec, recipe, learner.fold))
    epochs = []
    for epoch in range(recipe.epochs):
        start_ns = clock()
        trained = _epoch(learner, optimiser, recipe, epoch, order)
        epochs.append((*trained, clock() - start_ns, *_held_out(learner)))
    training, right, spent, loss, accuracy = zip(*epochs, strict=True)
    return Curves(
        training_loss=training,
        training_accuracy=right,
        epoch_ns=spent,
        validation_loss=loss,
        validation_accuracy=accuracy,
    )


def _seed(spec: ModelSpec, recipe: Recipe, fold: Fold) -> int:
    text = f"{spec.digest}/{recipe.seed}/".encode() + fold.training.tobytes()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little") >> 1


def _epoch(
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    recipe: Recipe,
    epoch: int,
    order: torch.Generator,
) -> tuple[float, float]:
    """Take the steps of one epoch; return its mean loss and the share of right answers."""
    learner.module.train()
    places = torch.from_numpy(learner.fold.training)
    count = math.ceil(len(places) / recipe.batch_size)
    shuffled = places[torch.randperm(len(places), generator=order)]
    loss_sum, right = 0.0, 0
    for step, batch in enumerate(shuffled.tensor_split(count)):
        _set_rate(optimiser, rate(recipe, epoch * count + step, recipe.epochs * count))
        labels = learner.labels[batch]
        scores = learner.module(learner.items[batch])
        loss = functional.cross_entropy(scores, labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not say
        nn.utils.clip_grad_norm_(learner.module.parameters(), recipe.clip)
        optimiser.step()
        loss_sum += loss.item() * len(batch)
        right += int((scores.argmax(dim=1) == labels).sum())
    if not math.isfinite(loss_sum):
        raise Diverged(f"the loss was {loss_sum} in epoch {epoch + 1}")
    return loss_sum / len(places), right / len(places)


def _set_rate(optimiser: torch.optim.Optimizer, value: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = value


def _held_out(learner: Learner) -> tuple[float, float]:
    """Return the mean loss and the share of right answers on the items held out."""
    scores, truth = learner.scores(), learner.truth()
    loss = functional.cross_entropy(scores, truth).item()
    return loss, float((scores.argmax(dim=1) == truth).double().mean())
