"""Records as a run would leave them, with every value given by the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core.case import Case, Precision, Scenario, Target
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.trial import Outcome, Status, Verification
from model_zoo.spec import ModelSpec

COMPLETED = Outcome(status=Status.COMPLETED)


def record(  # noqa: PLR0913 - every part of a record can matter to a report
    family: str = "mlp",
    count: int = 100_000,
    backend: str = "eager",
    *,
    scenario: Scenario = Scenario.SINGLE_STREAM,
    outcome: Outcome = COMPLETED,
    values: dict[str, float | Value | None] | None = None,
    options: tuple[tuple[str, str], ...] = (),
    preset: str = "",
    replica: int = 0,
    batch_size: int = 1,
    device: str = "cpu",
    precision: Precision = Precision.FP32,
    threads: int = 1,
) -> Record:
    """Make a record; a number given for a metric gets an interval of 5 % on either side."""
    target = Target(
        backend=backend, device=device, precision=precision, threads=threads, options=options
    )
    case = Case(
        model=ModelSpec.of(family, preset=preset, size=count),
        target=target,
        scenario=scenario,
        batch_size=batch_size,
        replica=replica,
        nominal=0 if preset else count,
    )
    given = values or {}
    return Record(
        case=case,
        parameter_count=count,
        outcome=outcome,
        values={name: _value(name, given.get(name), scenario, outcome) for name in METRICS},
        effective={"threads": str(threads)},
        verification=Verification(error=1e-7, tolerance=1e-5),
    )


def _value(name: str, given: float | Value | None, scenario: Scenario, outcome: Outcome) -> Value:
    if isinstance(given, Value):
        return given
    if given is not None:
        low, high = given * 0.95, given * 1.05
        return Value(metric=name, value=given, low=low, high=high, n_trials=3, n_samples=900)
    if scenario not in METRICS[name].scenarios:
        reason = Reason(code=ReasonCode.NOT_IN_SCENARIO)
    elif outcome.status != Status.COMPLETED:
        reason = Reason(code=ReasonCode.CASE_NOT_MEASURED, detail=str(outcome.reason))
    else:
        reason = Reason(code=ReasonCode.NOT_MEASURED, hint="measure it")
    return Value(metric=name, value=None, reason=reason)


@pytest.fixture
def make_record() -> Callable[..., Record]:
    return record


@pytest.fixture
def skipped() -> Outcome:
    """No GPU here."""
    reason = Reason(
        code=ReasonCode.NO_CUDA_DEVICE, detail="no device found", hint="run where there is a GPU"
    )
    return Outcome(status=Status.SKIPPED, reason=reason)
