"""Data sets as arrays, from the files that scikit-learn carries; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_zoo.inputs import signature
from model_zoo.spec import ModelSpec
from model_zoo.train.shape import DATA, facts

Numbers = NDArray[np.float32]
Indexes = NDArray[np.int64]

_TABLE_AXES = 2
"""Axes of a network's inputs, with the batch, up to which they are no images."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Items with their classes."""

    name: str
    features: Numbers
    """(items, features); of images the pixels row by row."""
    labels: Indexes
    """(items,), from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One division of a data set: what is learned from, and what is held out."""

    training: Indexes
    """Places of items, rising."""
    validation: Indexes
    """All others."""


def load(name: str) -> Dataset:
    """Read a data set.

    Raises:
        ValueError: there is none of this name.
        ModuleNotFoundError: scikit-learn is not installed.
    """
    facts(name)
    from sklearn import datasets

    features, labels = getattr(datasets, f"load_{name}")(return_X_y=True)
    return Dataset(name, features.astype(np.float32), labels.astype(np.int64))


def folds(data: Dataset, count: int, seed: int) -> Iterator[Fold]:
    """Divide a data set `count` times, so that each item is held out once.

    Each part has the classes in the proportions of the whole.

    Source: Kohavi, A Study of Cross-Validation and Bootstrap (1995), section 2.2, stratified
    cross-validation.

    Raises:
        ValueError: a class has fewer items than there are to be parts.
    """
    from sklearn.model_selection import StratifiedKFold

    fewest = int(np.bincount(data.labels).min())
    if fewest < count:
        raise ValueError(f"{data.name} has a class of {fewest} items: too few for {count} folds")
    divide = StratifiedKFold(count, shuffle=True, random_state=seed)
    for training, validation in divide.split(data.features, data.labels):
        yield Fold(training, validation)


def inputs(data: Dataset, spec: ModelSpec, training: Indexes) -> Numbers:
    """Return all items as the network takes them, (items, ...), with mean 0 and variance 1.

    Mean and variance are those of the items that are learned from, so that nothing of the others
    is known: of all pixels together, or of each column of a table.
    """
    columns = None if DATA[data.name].side else 0
    seen = data.features[training]
    mean, spread = seen.mean(axis=columns), np.asarray(seen.std(axis=columns))
    spread = np.where(spread > 0, spread, 1)
    scaled: Numbers = ((data.features - mean) / spread).astype(np.float32)
    shape = signature(spec)[0].shape
    if len(shape) <= _TABLE_AXES:
        return scaled.reshape(-1, *shape)
    return _images(scaled, DATA[data.name].side, shape[-1], blank=float((0 - mean) / spread))


def _images(pixels: Numbers, side: int, wanted: int, *, blank: float) -> Numbers:
    """Return (items, 1, wanted, wanted): whole multiples of each pixel, then a blank border."""
    images: NDArray[Any] = pixels.reshape(-1, 1, side, side)
    times = wanted // side
    images = images.repeat(times, axis=2).repeat(times, axis=3)
    before = (wanted - times * side) // 2
    after = wanted - times * side - before
    around = ((0, 0), (0, 0), (before, after), (before, after))
    return np.pad(images, around, constant_values=blank)
