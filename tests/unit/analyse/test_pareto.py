# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.pareto import front
from harness.core.case import Scenario
from harness.core.errors import UsageError
from tests.unit.analyse.scaling.known import record

BOTH = ("latency_quiet", "peak_rss")


def cases(*pairs, spread=0.001):
    return [
        record(10_000 + place, dict(zip(BOTH, pair, strict=True)), spread=spread)
        for place, pair in enumerate(pairs)
    ]


def values(contenders):
    return [one.values for one in contenders]


def test_cases_that_no_other_beats_are_the_front():
    found = front(cases((1.0, 9.0), (2.0, 5.0), (3.0, 6.0), (4.0, 1.0)), BOTH)
    assert values(found.members) == [(1.0, 9.0), (2.0, 5.0), (4.0, 1.0)]
    assert values(found.dominated) == [(3.0, 6.0)]
    assert found.dominated[0].dominated_by == found.members[1].case


def test_what_is_better_higher_is_better_higher():
    names = ("throughput_quiet", "peak_rss")
    records = [
        record(1e4 + i, dict(zip(names, pair, strict=True)), scenario=Scenario.OFFLINE)
        for i, pair in enumerate([(10.0, 5.0), (20.0, 4.0), (30.0, 9.0)])
    ]
    assert values(front(records, names).members) == [(20.0, 4.0), (30.0, 9.0)]


def test_equal_cases_are_all_kept():
    assert len(front(cases((1.0, 1.0), (1.0, 1.0), (2.0, 2.0)), BOTH).members) == 2


def test_a_case_without_a_value_is_left_out_with_the_reason_and_not_taken_for_zero():
    records = [*cases((1.0, 1.0)), record(2e4, {"latency_quiet": 0.5})]
    found = front(records, BOTH)
    assert len(found.members) == 1
    assert found.left_out == ((records[1].case, "peak_rss: not_measured"),)


def test_control_cases_are_not_listed():
    assert (
        front([record(1e4, {"latency_quiet": 1.0, "peak_rss": 1.0}, replica=1)], BOTH).members == ()
    )


def test_intervals_that_overlap_are_said_on_both_sides_of_the_front():
    found = front(cases((1.0, 1.0), (1.01, 1.01), spread=0.02), BOTH)
    assert found.members[0].is_close
    assert found.dominated[0].is_close
    apart = front(cases((1.0, 1.0), (2.0, 2.0), spread=0.02), BOTH)
    assert not apart.members[0].is_close
    assert not apart.dominated[0].is_close


def test_three_metrics_keep_what_two_would_drop():
    names = (*BOTH, "artifact_bytes")
    records = [
        record(1e4, dict(zip(names, (1.0, 1.0, 9.0), strict=True))),
        record(2e4, dict(zip(names, (2.0, 2.0, 1.0), strict=True))),
    ]
    assert len(front(records, names).members) == 2
    assert len(front(records, BOTH).members) == 1


@pytest.mark.parametrize("names", [("latency_quiet",), (*BOTH, "energy_per_item", "power_mean")])
def test_a_front_has_two_or_three_metrics(names):
    with pytest.raises(UsageError, match="two or three"):
        front([], names)


def test_a_metric_twice_is_one():
    with pytest.raises(UsageError, match="1 metrics"):
        front([], ("latency_quiet", "latency_quiet"))


@pytest.mark.parametrize("name", ["quiet_share", "speed"])
def test_a_metric_without_a_better_direction_is_refused(name):
    with pytest.raises(UsageError, match="no better direction"):
        front([], ("latency_quiet", name))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=12))
def test_every_case_is_on_the_front_or_beaten_by_one_that_is_no_worse(pairs):
    found = front(cases(*((float(a), float(b)) for a, b in pairs)), BOTH)
    assert len(found.members) + len(found.dominated) == len(pairs)
    best = values(found.members)
    for one in found.dominated:
        assert any(
            a <= one.values[0] and b <= one.values[1] and (a, b) != one.values for a, b in best
        )
    for one in found.members:
        assert not any(
            a <= one.values[0] and b <= one.values[1] and (a, b) != one.values for a, b in pairs
        )
