"""Records of a made-up machine for tests of a search: costs in closed form, nothing random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.case import Case, Scenario
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.trial import Outcome, Status
from harness.run.expand import expand
from harness.run.plan import Plan, make_plan

GRID = {
    "family": ["mlp"],
    "params": ["1e4", "3e4", "1e5", "3e5", "1e6"],
    "backend": ["eager", "onnxruntime"],
    "threads": [1, 2],
    "batch_size": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    "control": False,
}
"""200 points."""
OVERHEAD_S = {"eager": 3e-5, "onnxruntime": 8e-6}


def grid_plan(**changes: object) -> Plan:
    return make_plan({**GRID, **changes})


def latency_s(case: Case) -> float:
    """Overhead, and work that threads share out with a loss."""
    work = 1e-11 * case.nominal * case.batch_size / case.target.threads**0.7
    return OVERHEAD_S[case.target.backend] + 4e-6 * (case.target.threads - 1) + work


def record(case: Case) -> Record:
    seconds = latency_s(case)
    known = (
        {"throughput": case.batch_size / seconds}
        if case.scenario is Scenario.OFFLINE
        else {"latency_p50": seconds, "latency_quiet": 0.99 * seconds}
    )
    return of_values(case, known)


def of_values(case: Case, known: Mapping[str, float]) -> Record:
    reason = Reason(code=ReasonCode.TOO_FEW_SAMPLES)
    elsewhere = Reason(code=ReasonCode.NOT_IN_SCENARIO)
    return Record(
        case=case,
        parameter_count=case.nominal,
        outcome=Outcome(status=Status.COMPLETED),
        values={
            name: Value(metric=name, value=known[name], low=known[name] * 0.9)
            if name in known
            else Value(
                metric=name,
                value=None,
                reason=reason if case.scenario in metric.scenarios else elsewhere,
            )
            for name, metric in METRICS.items()
        },
    )


def failed(case: Case) -> Record:
    reason = Reason(code=ReasonCode.OUTPUTS_DIFFER, detail="by 1")
    empty = of_values(case, {})
    return Record(
        case=case,
        parameter_count=case.nominal,
        outcome=Outcome(status=Status.FAILED, reason=reason),
        values=empty.values,
    )


def measured(cases: Sequence[Case]) -> dict[str, Record]:
    """Measure cases on the made-up machine."""
    return {case.id: record(case) for case in cases}


def cases_of(plan: Plan) -> tuple[Case, ...]:
    return expand(plan)
