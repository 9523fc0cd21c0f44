"""Laws that are known, with noise: how often the intervals of the fit hold them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling import fit_points, laws
from harness.core.record import Record, Value
from harness.core.scaling import Estimate, Form, Law, SizePoint
from tests.bench.row import Bound, Row, Setting
from tests.unit.analyse.scaling.known import record

Values = NDArray[np.float64]

_SIZES: Final = np.round(10 ** np.linspace(4, 7.5, 8))
_NOISE: Final = 0.03
_TRIALS: Final = 5
_DRAWS: Final = 1000
_SEED: Final = 20261122
_BOUND: Final = Bound(0.93, 0.98)
_CHANGE: Final = Bound(0.93, 1.0)
_LAWS: Final = (
    (2e-5, 2e-9, 0.9),
    (1e-4, 1e-9, 1.0),
    (5e-6, 1e-10, 1.1),
    (1e-3, 3e-7, 0.6),
)
"""Overhead in seconds, coefficient, exponent."""
_CORNERS: Final = ((0.0, 1.0, 3e5), (0.1, 0.9, 1e5), (0.05, 1.1, 1.5e6))
"""Exponent below, exponent above, size of the corner."""


@dataclass(slots=True)
class _Count:
    """How often each interval held the truth."""

    held: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, estimate: Estimate | None, truth: float) -> None:
        """Count one interval; an end that is open holds everything on its side."""
        if estimate is None:
            return
        low = -math.inf if estimate.low is None else estimate.low
        high = math.inf if estimate.high is None else estimate.high
        self.held[name] = self.held.get(name, 0) + (low <= truth <= high)
        self.asked[name] = self.asked.get(name, 0) + 1

    def shares(self) -> dict[str, float]:
        """Return the share that held, by name."""
        return {name: self.held[name] / count for name, count in self.asked.items()}


def measure(setting: Setting) -> Row:
    """Fit simulated records of known laws, tables of the same, and corners."""
    rng = np.random.default_rng(_SEED)
    draws = setting.times(_DRAWS)
    lines, numbers, changes = [], [], []
    for truth in _LAWS:
        for name, drawn in (("records", _records(rng, truth)), ("table", _tables(rng, truth))):
            count = _smooth(drawn, truth, draws)
            shares = count.shares()
            changes.append(shares.pop("change point"))
            numbers += shares.values()
            told = ", ".join(f"{key} {share:.1%}" for key, share in shares.items())
            lines.append(
                f"{name} of {truth[0]:g} s + {truth[1]:g} s x N^{truth[2]:g}: {told}, change point "
                f"{changes[-1]:.1%} of the {count.asked['change point']} that have one"
            )
    for corner in _CORNERS:
        share, asked, chosen = _broken(rng, corner, draws)
        lines.append(
            f"two regions, exponents {corner[0]:g} and {corner[1]:g}, corner at {corner[2]:g}: "
            f"held in {share:.1%} of the {asked} that have one; two regions chosen in "
            f"{chosen / draws:.1%}"
        )
        changes.append(share)
    return Row(
        name="laws",
        figure=f"{min(numbers):.1%} to {max(numbers):.1%}; change point {min(changes):.1%} and up",
        bound="93 % to 98 %; change point at least 93 %",
        met=all(map(_BOUND.holds, numbers)) and all(map(_CHANGE.holds, changes)),
        detail="\n".join(lines),
    )


def _smooth(drawn: Iterator[Law], truth: tuple[float, float, float], draws: int) -> _Count:
    """Count the intervals of laws whose overhead and power are known."""
    overhead, coefficient, exponent = truth
    corner = (overhead / coefficient) ** (1 / exponent)
    count = _Count()
    for _, law in zip(range(draws), drawn, strict=False):
        count.add("overhead", law.overhead, overhead)
        count.add("coefficient", law.coefficient, coefficient)
        count.add("exponent", law.exponent, exponent)
        count.add("cost at 1e6", law.at_reference, coefficient * 1e6**exponent)
        count.add("change point", law.change_point, corner)
    return count


def _broken(
    rng: np.random.Generator, corner: tuple[float, float, float], draws: int
) -> tuple[float, int, int]:
    """Return how often the corner is held, of how many, and how often two regions are chosen."""
    below, above, at = corner
    off = np.log(_SIZES / at)
    clean = np.exp(np.where(off < 0, below, above) * off)
    count = _Count()
    chosen = 0
    for _ in range(draws):
        law = fit_points(_points(clean * _noise(rng)))
        chosen += law.form is Form.TWO_REGIONS
        count.add("corner", law.change_point, at)
    return count.shares().get("corner", 0.0), count.asked.get("corner", 0), chosen


def _tables(rng: np.random.Generator, truth: tuple[float, float, float]) -> Iterator[Law]:
    clean = _costs(truth)
    while True:
        yield fit_points(_points(clean * _noise(rng)))


def _records(rng: np.random.Generator, truth: tuple[float, float, float]) -> Iterator[Law]:
    """Yield laws of records: each value with the interval that five noisy trials would give."""
    clean = _costs(truth)
    while True:
        (law,) = laws(_measured(rng, clean), ["latency_quiet"])
        yield law


def _measured(rng: np.random.Generator, clean: Values) -> Sequence[Record]:
    """Draw trials whose mean has the noise that is asked for."""
    spread = _NOISE * math.sqrt(_TRIALS)
    trials = np.log(clean)[:, None] + spread * rng.standard_normal((clean.size, _TRIALS))
    centres = trials.mean(axis=1)
    errors = trials.std(axis=1, ddof=1) / math.sqrt(_TRIALS)
    halves = stats.t.ppf(0.975, _TRIALS - 1) * errors
    return [
        record(
            size,
            {
                "latency_quiet": Value(
                    metric="latency_quiet",
                    value=math.exp(centre),
                    low=math.exp(centre - half),
                    high=math.exp(centre + half),
                    n_trials=_TRIALS,
                )
            },
        )
        for size, centre, half in zip(_SIZES, centres, halves, strict=True)
    ]


def _points(costs: Values) -> list[SizePoint]:
    pairs = zip(_SIZES, costs, strict=True)
    return [SizePoint(size=float(size), cost=float(cost)) for size, cost in pairs]


def _costs(truth: tuple[float, float, float]) -> Values:
    overhead, coefficient, exponent = truth
    costs: Values = overhead + coefficient * _SIZES**exponent
    return costs


def _noise(rng: np.random.Generator) -> Values:
    return np.exp(_NOISE * rng.standard_normal(_SIZES.size))
