"""What measured points answer: the best that meets every limit, and what is not known of it."""

import math

import pytest

from harness.analyse.search import Question, best, is_hopeless, judge, ranked
from harness.analyse.search_space import Point
from harness.core.case import Case, Scenario, Target
from harness.core.choice import Limit
from harness.core.record import Value
from model_zoo.solve import solve
from tests.unit.analyse.searches import failed, of_values

FAST = Limit(metric="latency_p99", value=0.01, text="latency_p99=10ms")
RIGHT = Limit(metric="accuracy", value=0.95, text="accuracy=0.95")
WANTED = Question(objective="throughput", is_maximised=True, limits=(FAST,))


def point(batch_size=1):
    case = Case(
        model=solve("mlp", 10_000),
        target=Target(backend="eager"),
        batch_size=batch_size,
        nominal=10_000,
    )
    return Point((case, Case(**{**_fields(case), "scenario": Scenario.OFFLINE})))


def _fields(case):
    return {name: getattr(case, name) for name in case.__dataclass_fields__}


def nothing(point, metric):
    del point, metric


def judged(values, question=WANTED, known=nothing, batch_size=1):
    """Judge a point with these values, each in the scenario that has it."""
    one = point(batch_size)
    records = {case.id: of_values(case, values) for case in one.cases}
    return judge(one, question, records, known)


def test_a_point_that_meets_the_limits_has_no_excess():
    found = judged({"throughput": 100.0, "latency_p99": 0.005})
    assert (found.value, found.is_met, found.note) == (100.0, True, "")
    assert found.held[0].excess == pytest.approx(-math.log(2))
    assert found.excess < 0


def test_a_limit_that_is_missed_says_by_how_much():
    found = judged({"throughput": 100.0, "latency_p99": 0.02})
    assert found.is_met is False
    assert found.excess == pytest.approx(math.log(2))


def test_a_limit_below_is_missed_by_what_is_too_little():
    least = Limit(metric="throughput", value=200.0, text="throughput=200/s")
    wanted = Question(objective="latency_p50", is_maximised=False, limits=(least,))
    found = judged({"throughput": 100.0, "latency_p50": 0.02}, wanted)
    assert found.excess == pytest.approx(math.log(2))
    assert judged({"throughput": 0.0, "latency_p50": 0.02}, wanted).excess == math.inf


def test_a_percentile_without_a_value_is_missed_where_the_median_is_already_beyond_it():
    beyond = judged({"throughput": 100.0, "latency_p50": 0.02})
    assert beyond.is_met is False
    assert beyond.held[0].value is None
    assert "latency_p50" in beyond.held[0].note
    unknown = judged({"throughput": 100.0, "latency_p50": 0.002})
    assert unknown.is_met is None
    assert unknown.held[0].note == "too_few_samples"


def test_a_point_that_failed_has_no_value_and_says_why():
    one = point()
    first, second = one.cases
    records = {
        first.id: failed(first),
        second.id: of_values(second, {"throughput": 9.0}),
    }
    found = judge(one, WANTED, records, nothing)
    assert found.value is None
    assert found.note == "outputs_differ: by 1"
    assert judge(one, WANTED, {}, nothing).note == "not measured"


def test_the_best_is_first_and_those_that_miss_come_after_the_unknown():
    good = judged({"throughput": 100.0, "latency_p99": 0.005}, batch_size=1)
    better = judged({"throughput": 200.0, "latency_p99": 0.009}, batch_size=2)
    unknown = judged({"throughput": 900.0, "latency_p50": 0.001}, batch_size=3)
    nearly = judged({"throughput": 300.0, "latency_p99": 0.011}, batch_size=4)
    far = judged({"throughput": 400.0, "latency_p99": 0.9}, batch_size=5)
    broken = judged({"latency_p99": 0.9}, batch_size=6)
    mixed = [far, nearly, broken, unknown, good, better]
    assert ranked(mixed, WANTED) == (better, good, unknown, nearly, far)
    assert best(mixed, WANTED) == better
    assert best([far, unknown], WANTED) is None
    assert best([broken], WANTED) is None


def test_the_smallest_is_the_best_of_what_is_minimised():
    wanted = Question(objective="latency_p50", is_maximised=False)
    slow, quick = (
        judged({"latency_p50": seconds}, wanted, batch_size=size)
        for size, seconds in ((1, 2e-3), (2, 1e-3))
    )
    assert best([slow, quick], wanted) == quick


def test_quality_is_looked_up_and_rules_points_out_before_they_are_measured():
    wanted = Question(objective="throughput", is_maximised=True, limits=(FAST, RIGHT))

    def known(accuracy):
        def look_up(point, metric):
            del point
            return Value(metric=metric, value=accuracy) if metric == "accuracy" else None

        return look_up

    assert is_hopeless(point(), wanted, known(0.9))
    assert not is_hopeless(point(), wanted, known(0.96))
    assert is_hopeless(point(), wanted, nothing)
    assert not is_hopeless(point(), WANTED, nothing)
    found = judged({"throughput": 10.0, "latency_p99": 0.005}, wanted, known(0.96))
    assert found.is_met
    assert found.held[1].value == 0.96
    assert wanted.metrics == ("throughput", "latency_p99", "accuracy")
