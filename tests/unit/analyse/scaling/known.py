"""Points and records whose law is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from harness.analyse.scaling import forms
from harness.core.case import Case, Scenario, Target
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.scaling import SizePoint
from harness.core.trial import Outcome, Status
from model_zoo.spec import ModelSpec

SIZES = tuple(float(round(10 ** (4 + step / 2))) for step in range(8))
OVERHEAD, COEFFICIENT, EXPONENT = 2e-5, 2e-9, 0.9


def costs(
    sizes: Sequence[float] = SIZES,
    law: tuple[float, float, float] = (OVERHEAD, COEFFICIENT, EXPONENT),
) -> np.ndarray:
    overhead, coefficient, exponent = law
    return overhead + coefficient * np.array(sizes) ** exponent


def points(
    sizes: Sequence[float] = SIZES,
    law: tuple[float, float, float] = (OVERHEAD, COEFFICIENT, EXPONENT),
    *,
    noise: float = 0.0,
    seed: int = 0,
    spread: float | None = None,
) -> list[SizePoint]:
    factors = np.exp(noise * np.random.default_rng(seed).standard_normal(len(sizes)))
    return points_of(sizes, costs(sizes, law) * factors, spread)


def points_of(
    sizes: Iterable[float], found: Iterable[float], spread: float | None = None
) -> list[SizePoint]:
    return [
        SizePoint(size=float(size), cost=float(cost), spread=spread)
        for size, cost in zip(sizes, found, strict=True)
    ]


def record(  # noqa: PLR0913 - every part of a record can matter to a law
    count: float,
    values: Mapping[str, float | Value],
    *,
    backend: str = "eager",
    family: str = "mlp",
    scenario: Scenario = Scenario.SINGLE_STREAM,
    batch_size: int = 1,
    replica: int = 0,
    preset: str = "",
    spread: float = 0.01,
) -> Record:
    """Make a record; a number given for a metric gets an interval of two `spread` a side."""
    case = Case(
        model=ModelSpec.of(family, preset=preset, size=round(count)),
        target=Target(backend=backend),
        scenario=scenario,
        batch_size=batch_size,
        replica=replica,
        nominal=round(count),
    )
    return Record(
        case=case,
        parameter_count=round(count),
        outcome=Outcome(status=Status.COMPLETED),
        values={name: _value(name, values.get(name), spread) for name in METRICS},
    )


def _value(name: str, given: float | Value | None, spread: float) -> Value:
    if isinstance(given, Value):
        return given
    if given is None:
        reason = Reason(code=ReasonCode.NOT_MEASURED, detail="not asked for")
        return Value(metric=name, value=None, reason=reason)
    low, high = given * (1 - 2 * spread), given * (1 + 2 * spread)
    return Value(metric=name, value=given, low=low, high=high, n_trials=61, n_samples=6100)


def series(
    law: tuple[float, float, float] = (OVERHEAD, COEFFICIENT, EXPONENT),
    *,
    metric: str = "latency_quiet",
    backend: str = "eager",
    family: str = "mlp",
    sizes: Sequence[float] = SIZES,
    spread: float = 0.01,
) -> list[Record]:
    """Make records of one family on one target, exactly on a law."""
    return [
        record(size, {metric: float(cost)}, backend=backend, family=family, spread=spread)
        for size, cost in zip(sizes, costs(sizes, law), strict=True)
    ]


def fit_form(form, series):
    """Fit a form that there are enough sizes for; a test that meets None fails by itself."""
    return forms.fit_form(form, series)


def free_overhead(series):
    """Fit an overhead of any sign, where there are enough sizes."""
    return forms.free_overhead(series)
