from dataclasses import replace

import pytest

from harness.analyse.history.rows import indexed_run, rules_of_values
from harness.analyse.records import records
from harness.core.errors import StoreError
from harness.store.fake import FakeMachine, fake_case, fake_run
from tests.unit.analyse.runs import run_of, timed

CASE = fake_case(10_000)
CALM = FakeMachine(slow_share=0.0)


def test_every_value_of_a_run_is_a_row_and_no_null_is():
    run = fake_run((CASE,))
    values = {value.metric: value for value in indexed_run(run).values}
    (record,) = records(run)
    there = {name: one for name, one in record.values.items() if one.value is not None}
    assert values.keys() == there.keys()
    assert "energy_per_item" not in values
    ours, theirs = values["latency_p50"], there["latency_p50"]
    assert (ours.value, ours.low, ours.high) == (theirs.value, theirs.low, theirs.high)
    assert (ours.case, ours.case_id, ours.n_trials) == (CASE.slug, CASE.id, 3)


def test_a_run_keeps_its_conditions_and_its_time():
    run = fake_run((CASE,))
    header = replace(run.header, started_at="1970-01-02T00:00:00+00:00")
    indexed = indexed_run(replace(run, header=header))
    assert indexed.time == 86_400
    assert indexed.run_id == run.header.run_id
    assert indexed.hard_keys == {"cpu_model": "Made Up 3000"}
    assert len(indexed.comparability_key) == 16
    assert indexed.note == ""


def test_a_torn_run_counts_with_a_note():
    run = replace(run_of(*timed(CALM)), torn="line 4 was torn after 9 bytes")
    indexed = indexed_run(run)
    assert indexed.values
    assert indexed.note == "fake.jsonl: line 4 was torn after 9 bytes; what stands before it counts"


def test_two_interpreters_side_by_side_are_no_part_of_a_history():
    run = run_of(*timed(CALM))
    header = replace(run.header, candidate=run.header.environment)
    indexed = indexed_run(replace(run, header=header))
    assert indexed.values == ()
    assert "side by side" in indexed.note


def test_the_rules_of_values_have_a_name_that_stays_while_they_do():
    assert rules_of_values() == rules_of_values()
    assert len(rules_of_values()) == 16


@pytest.mark.parametrize("time", ["", "yesterday", "9999999-01-01"])
def test_a_run_without_a_date_is_refused(time):
    run = run_of(*timed(CALM))
    with pytest.raises(StoreError, match="no date"):
        indexed_run(replace(run, header=replace(run.header, started_at=time)))
