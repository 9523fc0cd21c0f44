"""A search's answer in words, as a table and for programs."""

from dataclasses import replace

import pytest

from harness.analyse.search import Question, Spent, judge
from harness.analyse.search_space import scenarios_of, space
from harness.core.choice import Limit
from harness.report.search_table import answer_line, judged_object, search_table, spent_line
from harness.report.table import plain
from tests.unit.analyse.searches import cases_of, failed, grid_plan, measured

LIMIT = Limit(metric="latency_p50", value=1e-4, text="latency_p50=100us")
WANTED = Question(objective="throughput", is_maximised=True, limits=(LIMIT,))
SPENT = Spent(points=200, measured=50, fresh=50, seconds=100.0)


def nothing(point, metric):
    del point, metric


def judged(question=WANTED, *, batches=(1, 2, 4, 8), record=None):
    plan = grid_plan(batch_size=list(batches), params=["1e5"], threads=[1], backend=["eager"])
    points = space(cases_of(plan), scenarios_of(question.metrics, plan.scenario)).points
    give = record or measured
    return [judge(one, question, give(one.cases), nothing) for one in points]


def broken(cases):
    return {case.id: failed(case) for case in cases}


def test_the_best_is_in_the_first_row_and_what_misses_a_limit_says_so():
    # 30 us and 1 us an item of 1e5 parameters: 100 us allow 70 items.
    table = plain(search_table("searched", judged(batches=(1, 64, 128)), WANTED))
    first, second, third = table.splitlines()[4:7]
    assert "/b64" in first
    assert first.endswith("yes")
    assert "681 k/s" in first
    assert "/b1 " in second
    assert "/b128" in third
    assert third.endswith("NO")


def test_a_long_table_is_cut_and_points_without_a_value_are_counted():
    many = judged(batches=range(1, 14))
    table = plain(search_table("searched", [*many, *judged(record=broken)], WANTED))
    assert "3 more in the run file" in table
    assert "4 without a value: outputs_differ: by 1" in table


def test_without_limits_there_is_no_column_for_them():
    wanted = replace(WANTED, limits=())
    assert "meets" not in plain(search_table("searched", judged(wanted), wanted))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "measured 50 of 200 points, in 1 min 40 s: 150 points, 75% of the grid, saved, about"),
        ({"fresh": 10}, "10 of them now, in 1 min 40 s"),
        ({"fresh": 0}, "measured 50 of 200 points: 150 points, 75% of the grid, saved"),
        ({"measured": 200}, "the whole grid"),
        ({"is_out_of_time": True}, "the time was up"),
        ({"skipped": 3}, "(3 more cannot be measured here)"),
        ({"ruled_out": 7}, "(7 more were ruled out by their quality)"),
    ],
)
def test_what_was_saved_is_said(changes, said):
    assert said in spent_line(replace(SPENT, **changes))


def test_the_time_saved_is_that_of_the_points_not_measured():
    assert SPENT.saved_seconds == pytest.approx(300.0)
    assert spent_line(SPENT).endswith("about 5 min")


def test_the_answer_is_the_best_that_was_confirmed():
    every = judged(batches=(1, 64))
    said = answer_line(every, every, WANTED)
    assert said.startswith("largest throughput within the limits: mlp-1e5/eager-cpu-fp32-t1/b64")
    assert said.endswith("measured afresh")


def test_where_there_is_no_answer_the_reason_is_said():
    far = judged(batches=(128, 256))
    assert "the nearest is mlp-1e5/eager-cpu-fp32-t1/b128" in answer_line(far, (), WANTED)
    assert "limit 100 µs" in answer_line(far, (), WANTED)
    good = judged(batches=(1,))
    assert "no finalist met every limit" in answer_line(good, far, WANTED)
    assert "no point gave a value" in answer_line(judged(record=broken), (), WANTED)


def test_a_point_is_described_for_programs():
    (one,) = judged(batches=(128,))
    found = judged_object(one)
    assert found["met"] is False
    assert found["limits"][0]["met"] is False
    assert found["limits"][0]["limit"] == 1e-4
    assert len(found["case_ids"]) == 2
