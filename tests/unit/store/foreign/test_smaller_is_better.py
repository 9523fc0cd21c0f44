from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.errors import UsageError
from harness.store.fake import fake_case, fake_run
from harness.store.foreign.smaller_is_better import entries

CASE = fake_case()


@pytest.fixture
def told():
    return records(fake_run((CASE, replace(CASE, replica=1))))


def test_every_entry_has_a_name_a_unit_a_number_and_its_interval(told):
    listed = entries(told)
    assert [one["name"].rpartition(" ")[2] for one in listed] == [
        "latency_quiet",
        "latency_p50",
        "peak_rss",
    ]
    first = listed[0]
    assert first["name"].startswith(CASE.slug)
    assert (first["unit"], first["value"]) == ("s", told[0].values["latency_quiet"].value)
    low, high = map(float, first["range"].split(" to "))
    assert low < first["value"] < high
    assert "10000 parameters, 2 trials" in first["extra"]


def test_a_value_without_an_interval_has_no_range():
    (one,) = entries(records(fake_run((CASE,), rounds=1)), ["latency_quiet"])
    assert "range" not in one
    assert "interval" not in one["extra"]


def test_a_count_that_nobody_knows_is_not_said(told):
    (one,) = entries([replace(told[0], parameter_count=None)], ["artifact_bytes"])
    assert one["unit"] == "B"
    assert "parameters" not in one["extra"]


def test_the_control_case_is_no_entry_of_its_own(told):
    assert entries(told[1:]) == []


@pytest.mark.parametrize("metric", ["throughput", "quiet_share"])
def test_a_metric_of_which_less_is_not_better_is_refused(told, metric):
    with pytest.raises(UsageError, match=f"{metric}: smaller is not better"):
        entries(told, [metric])
