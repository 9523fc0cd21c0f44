from itertools import pairwise

import numpy as np
import pytest

from harness.core.load import Step
from harness.measure.arrivals import poisson_arrivals
from harness.measure.rate import Budget, RateSearch, judge
from harness.measure.server import Offer
from tests.md1 import highest_load
from tests.virtual_server import SERVICE_NS, virtual_server

SECOND_NS = 1e9


class Queue:
    """A queue of constant service in virtual time, and the clock that its load takes."""

    def __init__(self, bound_ns: int, seconds: float = 1.0) -> None:
        self.bound_ns = bound_ns
        self.now_s = 0.0
        self.seconds = seconds
        self.seed = 0

    def clock(self) -> float:
        return self.now_s

    def offer(self, rate: float, seconds: float) -> Step:
        self.seed += 1
        self.now_s += seconds
        queries = max(100, round(rate * seconds))
        offer = Offer(
            rate=rate,
            seed=self.seed,
            queries=queries,
            bound_ns=self.bound_ns,
            start_ns=0,
            counter="",
            gives_up=True,
        )
        arrivals = poisson_arrivals(rate, queries, self.seed)
        answered = virtual_server().answer(offer, arrivals.tolist(), range(queries))
        latency = np.array(answered.waited_ns) + np.array(answered.served_ns)
        kept_up = latency.size == queries and sum(answered.served_ns) < arrivals[-1]
        return judge((rate, self.seed), latency, self.bound_ns, kept_up=kept_up)


def search_of(queue: Queue, seconds: float) -> RateSearch:
    return RateSearch(offer=queue.offer, budget=Budget.of(seconds), clock=queue.clock)


@pytest.mark.parametrize("services", [4, 10])
def test_the_rate_found_is_that_of_the_closed_form(services):
    queue = Queue(bound_ns=services * SERVICE_NS)
    search = search_of(queue, seconds=300.0)

    found = search.run(500.0)

    assert found is not None
    assert found.holds
    assert found is search.steps[-1]
    expected = highest_load(0.99, services) * SECOND_NS / SERVICE_NS
    assert found.rate == pytest.approx(expected, rel=0.06)


def test_a_start_far_above_or_below_finds_the_same():
    found = [search_of(Queue(10 * SERVICE_NS), 100.0).run(first) for first in (100.0, 950.0)]
    assert found[0].rate == pytest.approx(found[1].rate, rel=0.08)


def test_a_bound_that_no_rate_holds_is_given_up():
    search = search_of(Queue(bound_ns=SERVICE_NS // 2), seconds=1000.0)
    assert search.run(500.0) is None
    assert not any(step.holds for step in search.steps)
    assert all(step.rate >= 500.0 / 70 for step in search.steps)


def test_a_bound_of_hours_is_held_up_to_what_can_be_served_and_not_above():
    found = search_of(Queue(bound_ns=10**15), seconds=100.0).run(500.0)
    assert 900 < found.rate < 1000


def test_time_is_kept_and_one_rate_is_always_tried():
    queue = Queue(bound_ns=10 * SERVICE_NS)
    search = search_of(queue, seconds=30.0)
    search.run(500.0)
    assert queue.now_s <= 45.0
    hurried = RateSearch(
        offer=queue.offer,
        budget=Budget(step_s=2.0, confirm_s=2.0, search_s=1.0, total_s=1.0),
        clock=queue.clock,
    )
    hurried.run(500.0)
    assert len(hurried.steps) == 1


def made(rate: float, *, holds: bool) -> Step:
    return Step(
        rate=rate,
        seed=0,
        queries=1,
        late=0,
        independent=1.0,
        low_ns=None,
        high_ns=None,
        holds=holds,
        proven=False,
    )


def test_what_fails_when_it_is_confirmed_is_reduced_until_it_holds():
    tried: list[tuple[float, float]] = []

    def offer(rate: float, seconds: float) -> Step:
        tried.append((rate, seconds))
        limit = 100.0 if seconds < 5 else 85.0
        return made(rate, holds=rate <= limit)

    budget = Budget(step_s=1.0, confirm_s=10.0, search_s=100.0, total_s=1000.0)
    found = RateSearch(offer=offer, budget=budget, clock=lambda: 0.0).run(50.0)

    confirmed = [rate for rate, seconds in tried if seconds == 10.0]
    assert found.rate == confirmed[-1] <= 85
    assert all(b == pytest.approx(0.9 * a) for a, b in pairwise(confirmed))


def test_a_verdict_is_proven_where_the_whole_interval_is_on_one_side():
    rng = np.random.default_rng(1)
    latency = rng.uniform(1, 100, 5_000).astype(np.int64)
    clear = judge((1.0, 0), latency, 1_000, kept_up=True)
    near = judge((1.0, 0), latency, int(np.quantile(latency, 0.99)), kept_up=True)
    over = judge((1.0, 0), latency, 50, kept_up=True)
    assert (clear.holds, clear.proven, clear.late) == (True, True, 0)
    assert (near.holds, near.proven) == (True, False)
    assert (over.holds, over.proven) == (False, True)
    assert over.late == int((latency > 50).sum())


def test_a_rate_that_was_not_kept_up_with_does_not_hold_whatever_the_latencies():
    step = judge((1.0, 0), np.full(500, 10), 1_000, kept_up=False)
    assert (step.holds, step.proven) == (False, True)


def test_latencies_that_depend_on_each_other_count_as_fewer():
    rng = np.random.default_rng(2)
    independent = rng.exponential(1.0, 40_000)
    in_blocks = np.repeat(rng.exponential(1.0, 400), 100)
    assert judge((1.0, 0), independent, 10**9, kept_up=True).independent > 20_000
    assert judge((1.0, 0), in_blocks, 10**9, kept_up=True).independent < 1_500


def test_a_sample_too_small_for_an_interval_proves_nothing():
    step = judge((1.0, 0), np.arange(100), 1_000, kept_up=True)
    assert step.high_ns is None
    assert (step.holds, step.proven) == (True, False)
