"""From folds to the quality of each network, and how training time grows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.scaling import fit_points
from harness.core.quality import QUALITIES, Network, Quality, QualityRun, Scored, Study
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.core.scaling import Law, SizePoint
from harness.statistics.student import student_t_quantile
from model_zoo.train.curves import Confusion, Curves

_CONFIDENCE: Final = 0.95
_LAST: Final = 5
"""Epochs at the end over which the validation loss is taken, so that no single one decides."""
_WORSE: Final = 1.05
"""How far the validation loss must have risen over its least to be called over-fitting."""
_NS: Final = 1e-9

Counts = NDArray[np.int64]


def qualities(run: QualityRun) -> tuple[Quality, ...]:
    """Work out the quality of every network of a file, in its order."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for one in run.scored:
        found[one.digest].append(one)
    return tuple(_quality(network, found[network.spec.digest]) for network in run.header.networks)


def study(run: QualityRun) -> Study:
    """Work out a file, and keep its header beside it."""
    return Study(header=run.header, found=qualities(run))


def _quality(network: Network, scored: Sequence[Scored]) -> Quality:
    good = sorted((one for one in scored if not one.failure), key=lambda one: one.fold)
    reasons = tuple(dict.fromkeys(one.failure for one in scored if one.failure))
    trained = [one.curves for one in good if one.curves is not None]
    mean = mean_curves(trained) if trained else None
    values = {name: _value(name, scores, good) for name, scores in SCORES.items()}
    values["training_time"] = _training_time(trained)
    return Quality(
        network=network,
        folds=len(good),
        values={name: values[name] for name in QUALITIES},
        curves=mean,
        overfits_after=None if mean is None else overfits_after(mean),
        failures=reasons,
    )


def accuracy(counts: Counts) -> float:
    """Return the share of items on the diagonal of (classes, classes)."""
    return float(np.trace(counts) / counts.sum())


def recall(counts: Counts) -> float:
    """Return the share of each class that was found, mean over the classes that have items.

    Source: Sokolova and Lapalme, A Systematic Analysis of Performance Measures (2009), table 3.
    """
    items = counts.sum(axis=1)
    has = items > 0
    return float((np.diag(counts)[has] / items[has]).mean())


def f1(counts: Counts) -> float:
    """Return 2 TP / (2 TP + FP + FN), mean over the classes that have items or were given.

    Source: Opitz and Burst, Macro F1 and Macro F1 (2019): the mean of the classes' own values, not
    the value of their means.
    """
    right = np.diag(counts)
    all_ = counts.sum(axis=0) + counts.sum(axis=1)
    has = all_ > 0
    return float((2 * right[has] / all_[has]).mean())


SCORES: Final[Mapping[str, Callable[[Counts], float]]] = {
    "accuracy": accuracy,
    "recall": recall,
    "f1": f1,
}
"""By name, a score of (classes, classes) counts: class by row, answer by column."""


def _value(name: str, score: Callable[[Counts], float], scored: Sequence[Scored]) -> Value:
    """Score all folds together, with an interval from how much they differ.

    Of all folds together, because a mean of theirs gives rare classes a bias. The interval
    counts that two folds share most of what they learned from: without that it would be too
    narrow by half.

    Source: Forman and Scholz, Apples-to-Apples in Cross-Validation Studies (2010), for the counts
    taken together; Nadeau and Bengio, Inference for the Generalization Error (2003), for the
    corrected resampled t interval, 1 / J + n2 / n1 in the place of 1 / J.
    """
    if not scored:
        return _missing(name)
    tables = [_counts(one.confusion) for one in scored]
    together = score(np.sum(tables, axis=0))
    half = _half_width([score(table) for table in tables])
    return Value(
        metric=name,
        value=together,
        low=None if half is None else max(0.0, together - half),
        high=None if half is None else min(1.0, together + half),
        n_trials=len(scored),
        n_samples=int(np.sum(tables)),
    )


def _half_width(scores: Sequence[float]) -> float | None:
    folds = len(scores)
    if folds < 2:  # noqa: PLR2004 - one fold has no spread
        return None
    variance = float(np.var(scores, ddof=1)) * (1 / folds + 1 / (folds - 1))
    return student_t_quantile((1 + _CONFIDENCE) / 2, folds - 1) * math.sqrt(variance)


def _counts(table: Confusion) -> Counts:
    return np.array(table, dtype=np.int64)


def _training_time(curves: Sequence[Curves]) -> Value:
    """Return the epochs' number times the median epoch, which no busy moment lengthens."""
    if not curves:
        return _missing("training_time")
    spent = np.array([one.epoch_ns for one in curves], dtype=np.float64) * _NS
    folds = np.median(spent, axis=1) * spent.shape[1]
    total = float(np.median(spent)) * spent.shape[1]
    ends = (float(folds.min()), float(folds.max())) if len(curves) > 1 else (None, None)
    return Value(
        metric="training_time",
        value=total,
        low=ends[0],
        high=ends[1],
        n_trials=len(curves),
        n_samples=spent.size,
        note="ends: shortest and longest fold",
    )


def _missing(name: str) -> Value:
    detail = "no fold of it was scored"
    reason = Reason(code=ReasonCode.NOT_MEASURED, detail=detail, hint="scalecurve quality --resume")
    return Value(metric=name, value=None, reason=reason)


def mean_curves(curves: Sequence[Curves]) -> Curves:
    """Return the mean over folds, epoch by epoch; at least one is given."""

    def mean(name: str) -> tuple[float, ...]:
        table = np.array([getattr(one, name) for one in curves], dtype=np.float64)
        return tuple(map(float, table.mean(axis=0)))

    return Curves(
        training_loss=mean("training_loss"),
        validation_loss=mean("validation_loss"),
        training_accuracy=mean("training_accuracy"),
        validation_accuracy=mean("validation_accuracy"),
        epoch_ns=tuple(map(round, mean("epoch_ns"))),
    )


def overfits_after(curves: Curves) -> int | None:
    """Return the epoch, from 1, after which a network over-fits; None where it does not.

    It is the epoch of the least validation loss, the first of several, where all three hold: at
    least five epochs come after it; the mean validation loss of the last five is more than 5 %
    above that least; and the mean training loss of the last five is below that of the epoch itself.

    Source: Prechelt, Early Stopping - But When? (1998): the generalisation loss GL, the relative
    rise over the least validation error so far, here at 5 %, over strips of five epochs.
    """
    validation = np.array(curves.validation_loss)
    training = np.array(curves.training_loss)
    best = int(validation.argmin())
    if validation.size - 1 - best < _LAST:
        return None
    rises = validation[-_LAST:].mean() > _WORSE * validation[best]
    learns = training[-_LAST:].mean() < training[best]
    return best + 1 if rises and learns else None


def training_laws(found: Sequence[Quality]) -> Iterator[tuple[str, Law]]:
    """Fit how training time grows with the parameter count, a law for each family."""
    plain = [one for one in found if not one.network.spec.variant]
    key = _family
    for family, group in groupby(sorted(plain, key=key), key=key):
        points = [
            SizePoint(size=float(one.network.parameter_count), cost=spent)
            for one in group
            if (spent := one.values["training_time"].value)
        ]
        if points:
            yield family, fit_points(points)


def _family(one: Quality) -> str:
    return one.network.spec.family
