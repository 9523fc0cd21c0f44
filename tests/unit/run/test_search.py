"""The loop of a search, on a made-up machine whose costs are known in closed form."""

import sys
from dataclasses import replace

import pytest

from harness.analyse.search import Question, best
from harness.analyse.search_space import scenarios_of, space
from harness.core.choice import Limit
from harness.core.errors import UsageError
from harness.core.trial import Outcome, Status
from harness.run.search import Effort, Grid, finalists, seek, usual_most
from harness.run.search_draw import Told, sampler, score_of
from tests.unit.analyse.runs import known
from tests.unit.analyse.searches import cases_of, failed, grid_plan, latency_s, measured

LIMIT = Limit(metric="latency_p50", value=2e-4, text="latency_p50=200us")
FASTEST = Question(objective="throughput", is_maximised=True, limits=(LIMIT,))


def grid(question=FASTEST, **changes):
    plan = grid_plan(**changes)
    return Grid(space(cases_of(plan), scenarios_of(question.metrics, plan.scenario)), question, no)


def no(point, metric):
    del point, metric


def true_best(where):
    """Return the largest throughput of the whole grid under the limit, by the closed form."""
    points = [point.case for point in where.space.points]
    return max(
        case.batch_size / latency_s(case) for case in points if latency_s(case) <= LIMIT.value
    )


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 2))])
def test_the_model_finds_the_best_of_200_points_in_a_quarter_of_them(seed):
    where = grid()
    effort = Effort(most=usual_most(200, "bayes"))
    found = seek(where, sampler("bayes", where.space, seed), measured, effort)
    assert found.spent.points == 200
    assert found.spent.measured == found.spent.fresh == 50
    assert found.spent.saved == pytest.approx(0.75)
    answer = best(found.judged, where.question)
    assert answer.value >= 0.97 * true_best(where)


@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
def test_every_point_is_measured_once_where_all_are_asked_for(name):
    where = grid(params=["1e4"], backend=["eager"])
    asked = []

    def measure(cases):
        asked.extend(case.id for case in cases)
        return measured(cases)

    found = seek(where, sampler(name, where.space, 0), measure, Effort(most=999))
    assert sorted(asked) == sorted(case.id for point in where.space.points for case in point.cases)
    assert found.spent.measured == 20
    assert found.spent.saved == 0


def test_the_same_seed_proposes_the_same_points():
    where = grid()
    for name in ("random", "bayes"):
        first, again, other = (
            [one.point for one in _sought(where, name, seed).judged] for seed in (1, 1, 2)
        )
        assert first == again
        assert first != other


def _sought(where, name, seed):
    return seek(where, sampler(name, where.space, seed), measured, Effort(most=16))


def test_points_that_give_no_value_are_not_proposed_again():
    where = grid(params=["1e4"], backend=["eager"])

    def measure(cases):
        return {case.id: failed(case) for case in cases}

    found = seek(where, sampler("bayes", where.space, 0), measure, Effort(most=20))
    assert len({one.point for one in found.judged}) == 20
    assert finalists(found, 3) == ()


def test_time_that_is_up_ends_it_with_room_for_the_confirmation():
    where, now = grid(), iter(range(0, 10_000, 10))
    effort = Effort(most=200, seconds=100, finalists=3, at_once=2)
    found = seek(
        where,
        sampler("grid", where.space, 0),
        measured,
        effort,
        clock=lambda: next(now),
    )
    assert found.spent.is_out_of_time
    assert 0 < found.spent.measured < 20


def test_what_was_measured_before_counts_and_is_not_measured_again():
    where = grid()
    first = _sought(where, "grid", 0)
    places = {where.space.points.index(one.point): one for one in first.judged}
    before = {place: measured(one.point.cases) for place, one in places.items()}
    asked = []

    def measure(cases):
        asked.extend(cases)
        return measured(cases)

    found = seek(where, sampler("grid", where.space, 0), measure, Effort(most=20), before=before)
    assert (found.spent.measured, found.spent.fresh) == (20, 4)
    assert not {case.id for case in asked} & {key for one in before.values() for key in one}
    enough = seek(where, sampler("bayes", where.space, 0), measure, Effort(most=10), before=before)
    assert (enough.spent.measured, enough.spent.fresh) == (16, 0)
    assert enough.spent.saved_seconds is None


def test_finalists_are_the_best_that_are_not_known_to_miss_a_limit():
    where = grid()
    found = _sought(where, "grid", 0)
    chosen = finalists(found, 3)
    assert len(chosen) == 3
    assert all(latency_s(point.case) <= LIMIT.value for point in chosen)
    assert chosen[0] == best(found.judged, FASTEST).point


def test_a_grid_is_measured_in_full_and_the_others_measure_a_quarter():
    assert usual_most(200, "grid") == 200
    assert usual_most(200, "bayes") == usual_most(200, "random") == 50
    assert usual_most(20, "bayes") == 16
    assert usual_most(3, "bayes") == 3


def test_scores_grow_as_things_get_better():
    assert score(4.0, is_maximised=True) > score(2.0, is_maximised=True)
    assert score(4.0, is_maximised=False) < score(2.0, is_maximised=False)
    assert score(0.0, is_maximised=False) > score(1e-9, is_maximised=False)
    assert score_of(None, is_maximised=True) is None
    assert score_of(float("inf"), is_maximised=True) is None


def score(value: float, *, is_maximised: bool) -> float:
    return known(score_of(value, is_maximised=is_maximised))


def test_one_point_needs_no_model():
    where = grid(params=["1e4"], backend=["eager"], threads=[1], batch_size=[1])
    draw = sampler("bayes", where.space, 0)
    assert draw.propose(5) == (0,)
    draw.tell(0, Told(1.0))
    assert draw.propose(5) == ()


def test_without_optuna_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    where = grid()
    with pytest.raises(UsageError, match=r"pip install 'scalecurve\[search\]'"):
        sampler("bayes", where.space, 0)
    assert sampler("random", where.space, 0).propose(1)


def test_a_question_without_limits_is_answered():
    where = grid(Question(objective="latency_p50", is_maximised=False))
    found = seek(replace(where), sampler("bayes", where.space, 0), measured, Effort(most=24))
    fastest = min(latency_s(point.case) for point in where.space.points)
    assert known(best(found.judged, where.question).value) <= 1.03 * fastest


def test_points_that_cannot_be_measured_here_are_not_counted_as_measured():
    where = grid(params=["1e4"], backend=["eager"])
    first = where.space.points[0]
    gone = {
        case.id: replace(failed(case), outcome=Outcome(status=Status.SKIPPED))
        for case in first.cases
    }
    draw = sampler("grid", where.space, 0)
    found = seek(where, draw, measured, Effort(most=5), before={0: gone})
    assert (found.spent.points, found.spent.skipped, found.spent.measured) == (19, 1, 5)
    assert found.spent.fresh == 5
