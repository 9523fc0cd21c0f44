"""Which points are measured next: all in turn, at random, or where a model expects the most.

The one file that wraps optuna.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, Protocol

from harness.analyse.search_space import Space
from harness.core.errors import UsageError

SAMPLERS: Final = ("bayes", "random", "grid")
_STARTUP: Final = 12
"""Points that are drawn at random before the model is asked."""
_CLIP: Final = 5.0
"""Logarithms beyond this tell the model nothing more."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one measured point."""

    score: float | None
    """The larger the better; None where the point gave no value."""
    excesses: tuple[float, ...] = ()
    """Logarithms of how far it is beyond each limit."""


class Draw(Protocol):
    """Chooses points by their places in the space, none twice."""

    def propose(self, count: int) -> tuple[int, ...]:
        """Return the next points, fewer where no more are left."""
        ...

    def tell(self, place: int, told: Told) -> None:
        """Learn what a point gave; it is not proposed again."""
        ...


def sampler(name: str, space: Space, seed: int) -> Draw:
    """Return what chooses points.

    Args:
        name: One of `SAMPLERS`.
        space: That is searched.
        seed: Of everything random.

    Raises:
        UsageError: the package that it needs is not installed.
    """
    places = list(range(len(space.points)))
    if name == "bayes" and space.axes:
        return _Bayes(_optuna(), space, seed)
    if name == "random":
        random.Random(seed).shuffle(places)
    return _Listed(places)


@dataclass(slots=True)
class _Listed:
    """Goes through a list."""

    left: list[int]

    def propose(self, count: int) -> tuple[int, ...]:
        """Return the next ones."""
        return tuple(self.left[:count])

    def tell(self, place: int, told: Told) -> None:
        """Cross it off."""
        del told
        self.left.remove(place)


def _optuna() -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        found = import_module("optuna")
    except ImportError as error:
        raise UsageError(
            f"the Bayesian sampler needs optuna ({error}); python -m pip install "
            "'scalecurve[search]', or choose --sampler random or --sampler grid"
        ) from None
    found.logging.set_verbosity(found.logging.ERROR)
    return found


@dataclass(slots=True)
class _Bayes:
    """A Gaussian process over the axes, of the objective and of each limit.

    The score is modelled over the points' places on the axes; a suggestion off the list of points
    that are left is taken for the nearest one that is on it.
    """

    optuna: Any
    space: Space
    seed: int
    study: Any = None
    distributions: dict[str, Any] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        made = self.optuna.distributions
        self.left = set(range(len(self.space.points)))
        for axis in self.space.axes:
            size = len(axis.values)
            self.distributions[axis.name] = (
                made.IntDistribution(0, size - 1)
                if axis.is_ordered
                else made.CategoricalDistribution(tuple(range(size)))
            )
        with _silenced():
            sampler = self.optuna.samplers.GPSampler(
                seed=self.seed, n_startup_trials=_STARTUP, warn_independent_sampling=False
            )
        self.study = self.optuna.create_study(direction="maximize", sampler=sampler)

    def propose(self, count: int) -> tuple[int, ...]:
        """Ask for suggestions, each in the knowledge of those before it."""
        asked: list[Any] = []
        chosen: list[int] = []
        with _silenced():
            while len(chosen) < min(count, len(self.left)):
                trial = self.study.ask(self.distributions)
                asked.append(trial)
                chosen.append(self._nearest(trial.params, self.left - set(chosen)))
            for trial in asked:
                self.study.tell(trial, state=self.optuna.trial.TrialState.FAIL)
        return tuple(chosen)

    def tell(self, place: int, told: Told) -> None:
        """Add a point to what the model knows; one without a value only is not proposed again."""
        self.left.discard(place)
        if told.score is None:
            return
        with _silenced():
            self.study.add_trial(
                self.optuna.trial.create_trial(
                    params={axis.name: at for axis, at in self._coordinates(place)},
                    distributions=self.distributions,
                    value=told.score,
                    constraints={
                        f"limit{number}": max(-_CLIP, min(_CLIP, excess))
                        for number, excess in enumerate(told.excesses)
                    }
                    or None,
                )
            )

    def _coordinates(self, place: int) -> Sequence[tuple[Any, int]]:
        return list(zip(self.space.axes, self.space.places[place], strict=True))

    def _nearest(self, wanted: dict[str, int], left: set[int]) -> int:
        """Return the point with the smallest distance; each axis is one long, a name counts one."""

        def distance(place: int) -> float:
            return sum(
                abs(wanted[axis.name] - at) / (len(axis.values) - 1)
                if axis.is_ordered
                else float(wanted[axis.name] != at)
                for axis, at in self._coordinates(place)
            )

        return min(sorted(left), key=distance)


class _silenced(warnings.catch_warnings):  # noqa: N801 - used as a function
    """Keeps optuna's remarks on its own experimental parts off the screen."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")


def score_of(value: float | None, *, is_maximised: bool) -> float | None:
    """Return what a sampler makes as large as it can: a logarithm, for costs go by factors."""
    if value is None or not math.isfinite(value):
        return None
    scaled = math.log(value) if value > 0 else -(_CLIP**2)
    return scaled if is_maximised else -scaled
