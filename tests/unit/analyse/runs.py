"""Made-up runs of one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.analyse.records import records
from harness.core.case import Case, Scenario, Target
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.core.run import QuietLevel, Run
from harness.core.trial import (
    Timeline,
    Trial,
)
from harness.store.fake import (
    NATIVE_NS,
    FakeMachine,
    fake_case,
    fake_header,
)

CASE = fake_case(10_000)
OFFLINE = fake_case(10_000, scenario=Scenario.OFFLINE, batch_size=8)
CUDA = fake_case(10_000, target=Target(backend="eager", device="cuda:0"))
ANCHORED = QuietLevel(native_ns=NATIVE_NS, probe_version=1, anchored=True)


def run_of(*trials: Trial, case: Case = CASE, level: QuietLevel | None = ANCHORED) -> Run:
    header = replace(fake_header((case,)), level=level)
    return Run(path="fake.jsonl", header=header, trials=trials)


def values_of(
    *trials: Trial, case: Case = CASE, level: QuietLevel | None = ANCHORED
) -> dict[str, Value]:
    (record,) = records(run_of(*trials, case=case, level=level))
    return dict(record.values)


def known(value: float | None) -> float:
    assert value is not None
    return value


def timed(machine: FakeMachine, rounds: int = 3, case: Case = CASE) -> list[Trial]:
    return [machine.trial(case, number) for number in range(rounds)]


def code(value: Value) -> ReasonCode:
    assert value.value is None
    assert value.reason is not None
    return value.reason.code


def map_timelines(run: Run, change: Callable[[Timeline], Timeline]) -> Run:
    trials = tuple(
        trial if trial.timeline is None else replace(trial, timeline=change(trial.timeline))
        for trial in run.trials
    )
    return replace(run, trials=trials)
