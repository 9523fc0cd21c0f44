from dataclasses import replace

from harness.analyse.records import records
from harness.core.run import Run
from harness.core.trial import Status
from harness.report.machine_runs import Measured, machines
from harness.store.fake import FakeMachine, fake_case, fake_failure, fake_header

CASE, OTHER = fake_case(10_000), fake_case(100_000)


def measured(*trials, started="2026-01-02", keys=None, cases=(CASE,)):
    header = fake_header(cases)
    changes = {"hard_keys": keys} if keys else {}
    environment = replace(header.environment, **changes)
    header = replace(header, started_at=f"{started}T03:04:05+00:00", environment=environment)
    run = Run(path=f"{started}.jsonl", header=header, trials=trials)
    return Measured(run=run, records=records(run))


def test_runs_of_equal_hard_keys_are_one_machine():
    first, second = measured(started="2026-01-02"), measured(started="2026-01-03")
    (machine,) = machines([second, first])
    assert machine.runs == (first, second)
    assert machine.environment == second.run.header.environment


def test_the_newest_completed_record_of_a_case_counts():
    old = measured(FakeMachine(latency_ns=1_000_000).trial(CASE), started="2026-01-02")
    new = measured(FakeMachine(latency_ns=2_000_000).trial(CASE), started="2026-01-03")
    failed = measured(fake_failure(CASE), started="2026-01-04")
    (machine,) = machines([old, new, failed])
    assert machine.records == new.records


def test_a_case_that_never_completed_keeps_its_newest_end():
    failed = measured(fake_failure(CASE), started="2026-01-02")
    unmeasured = measured(started="2026-01-03")
    (machine,) = machines([failed, unmeasured])
    (record,) = machine.records
    assert record.outcome.status is Status.SKIPPED


def test_machines_are_named_by_what_tells_them_apart():
    base = {"cpu_model": "Made Up", "gpus": "none", "memory_gib": "8", "cores_available": "2"}
    found = machines(
        [
            measured(keys=base, started="2026-01-01"),
            measured(keys={**base, "memory_gib": "16"}, started="2026-01-02"),
            measured(keys={**base, "gpus": "1 x GPU"}, started="2026-01-03"),
        ]
    )
    assert [machine.name for machine in found] == [
        "Made Up, 2 cores, 8 GiB",
        "Made Up, 2 cores, 16 GiB",
        "1 x GPU, Made Up, 2 cores, 8 GiB",
    ]


def test_a_machine_of_which_nothing_is_known_has_a_number():
    header = fake_header((CASE,))
    header = replace(header, environment=replace(header.environment, hard_keys={}))
    run = Run(path="x", header=header, trials=())
    (machine,) = machines([Measured(run=run, records=records(run))])
    assert machine.name == "machine 1"
