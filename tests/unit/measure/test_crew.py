"""Several processes of one case, forked for real, with the stand-in runtime."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from harness.core.case import Case, Scenario, Target
from harness.core.reason import ReasonCode
from harness.core.task import Sampling, Task
from harness.core.trial import Pass, Status
from harness.core.wire import decode, encode
from harness.measure.crew import merged, needs_crew, perform_crew
from harness.measure.trial import perform
from harness.store.fake import FakeMachine, fake_case
from model_zoo.export.artifact import Artifact
from model_zoo.solve import solve

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")

SPEC = solve("mlp", 10_000)


def task(scenario=Scenario.OFFLINE, processes=2, rate=0.0, bound=0.0, **options) -> Task:
    pairs = {"work_us": "200", **options}
    target = Target(backend="fake", options=tuple(sorted(pairs.items())))
    case = Case(
        model=SPEC, target=target, scenario=scenario, processes=processes, rate=rate, bound=bound
    )
    return Task(
        case=case,
        round=1,
        kind=Pass.TIMING,
        artifact=Artifact(
            spec=SPEC,
            format="",
            precision="fp32",
            folder="",
            main="",
            parameter_count=0,
            bytes=0,
            digest="",
            exporter="",
            exporter_version="",
        ),
        reference="",
        depth=2,
        widest=100,
        lower_bound=0,
        sampling=Sampling(min_seconds=0.05, max_seconds=0.1, load_seconds=0.6),
    )


def crew_of(asked: Task):
    return perform_crew(asked, None, lambda _: None)


def test_all_processes_sample_in_one_window():
    trial = crew_of(task())

    assert trial.outcome.status is Status.COMPLETED
    assert len(trial.others) == 1
    first, second = trial.timeline.slices, trial.others[0].timeline.slices
    begin = max(first.start_ns[0], second.start_ns[0])
    end = min(times.start_ns[-1] + times.duration_ns[-1] for times in (first, second))
    assert end > begin
    assert not any(first.hunting)
    assert trial.others[0].verification is not None
    assert trial.timeline.samples_ns == ()


def test_latency_is_timed_in_each_process_where_every_query_follows_another():
    trial = crew_of(task(Scenario.SINGLE_STREAM))
    assert trial.timeline.samples_ns
    assert trial.others[0].timeline.samples_ns


def test_queries_at_a_given_rate_are_shared_first_come_first_served():
    trial = crew_of(task(Scenario.SERVER, rate=2_000.0))

    load = trial.load
    assert trial.outcome.status is Status.COMPLETED
    assert load.rate == 2_000.0
    assert load.steps == ()
    assert set(load.process) == {0, 1}
    assert list(load.due_ns) == sorted(load.due_ns)
    assert len(load.due_ns) == 1_200
    assert min(load.waited_ns) >= 0
    assert load.bound_ns >= 1_000_000
    begun = np.array(load.due_ns) + np.array(load.waited_ns)
    for process in (0, 1):
        mine = np.array(load.process) == process
        ended = begun[mine] + np.array(load.served_ns)[mine]
        assert (begun[mine][1:] >= ended[:-1]).all()


def test_the_highest_rate_is_looked_for_where_none_is_given():
    load = crew_of(task(Scenario.SERVER, processes=1, bound=0.5)).load

    assert load.bound_ns == 500_000_000
    assert len(load.steps) > 2
    assert not load.steps[0].late
    assert {step.seed for step in load.steps} == {
        load.steps[0].seed + n for n in range(len(load.steps))
    }
    assert set(load.process) == {0}
    assert load.seed == load.steps[-1].seed


def test_a_trial_of_several_processes_survives_the_wire():
    trial = crew_of(task(Scenario.SERVER, rate=1_000.0))
    assert decode(encode(trial), type(trial)) == trial


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "raise"}, ReasonCode.WORKER_ERROR),
        ({"fault": "wrong"}, ReasonCode.OUTPUTS_DIFFER),
        ({"fault": "exit"}, ReasonCode.WORKER_CRASHED),
    ],
    ids=str,
)
def test_what_goes_wrong_in_a_process_is_the_trial_s_reason(fault, code):
    trial = crew_of(task(**fault))
    assert trial.outcome.status is Status.FAILED
    assert trial.outcome.reason.code is code


def test_cores_are_shared_out_by_threads():
    asked = task()
    cores = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
    trial = crew_of(replace(asked, cores=cores[:2]))
    used = {core for part in (trial, *trial.others) for core in part.timeline.probes.core}
    assert used <= set(cores[:2]) or not cores


def test_only_several_processes_or_queries_by_the_clock_need_a_leader():
    assert needs_crew(task(processes=2).case)
    assert needs_crew(task(Scenario.SERVER, processes=1).case)
    assert not needs_crew(task(processes=1).case)


def test_of_several_trials_the_one_at_fault_is_kept():
    case = fake_case()
    good = FakeMachine().trial(case)
    bystander = crew_of(task(fault="raise"))
    assert merged([good, bystander]) is bystander
    both = merged([good, good])
    assert both.others[0].timeline == good.timeline
    assert both.others[0].decision == good.decision


def test_a_query_of_several_streams_is_eight_items_in_passes_of_the_batch():
    alone = task(Scenario.MULTI_STREAM, processes=1)
    in_batches = replace(alone, case=replace(alone.case, batch_size=4))

    one, four = perform(alone), perform(in_batches)

    assert one.outcome.status is Status.COMPLETED
    assert np.median(one.timeline.samples_ns) >= 8 * 200_000
    assert np.median(four.timeline.samples_ns) >= 2 * 200_000
    assert one.timeline.host_ns == ()
