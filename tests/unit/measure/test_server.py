import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.arrivals import new_counter, poisson_arrivals, taken_in_turn
from harness.measure.server import Offer, most_late
from tests.md1 import mean_wait, wait_cdf, wait_quantile
from tests.virtual_server import SERVICE_NS, virtual_server


def offer(queries: int, *, rate: float = 1.0, bound_ns: int = 10**12, gives_up: bool = False):
    return Offer(
        rate=rate,
        seed=0,
        queries=queries,
        bound_ns=bound_ns,
        start_ns=0,
        counter="",
        gives_up=gives_up,
    )


def waits_at(load: float, count: int, seed: int):
    rate = load * 1e9 / SERVICE_NS
    arrivals = poisson_arrivals(rate, count, seed).tolist()
    answered = virtual_server().answer(offer(count, rate=rate), arrivals, range(count))
    return np.array(answered.waited_ns) / SERVICE_NS


@pytest.mark.parametrize("load", [0.5, 0.7])
def test_waits_of_a_million_queries_are_those_of_the_closed_form(load):
    waits = waits_at(load, 1_000_000, seed=5)

    assert waits.mean() == pytest.approx(mean_wait(load), rel=0.05)
    assert np.quantile(waits, 0.99) == pytest.approx(wait_quantile(0.99, load), rel=0.05)
    assert (waits == 0).mean() == pytest.approx(1 - load, rel=0.02)


@pytest.mark.parametrize(
    ("load", "wait", "published"),
    [(0.5, 0, 0.5), (0.5, 1, 0.8243606), (0.9, 0, 0.1), (0.8, 1, 0.4451082)],
)
def test_the_closed_form_has_the_values_that_its_first_terms_give(load, wait, published):
    assert wait_cdf(wait, load) == pytest.approx(published, rel=1e-6)


def test_a_slow_pass_delays_every_query_that_comes_meanwhile():
    durations = iter([10, 100, 10, 10, 10])
    arrivals = [0, 20, 30, 40, 500]

    answered = virtual_server(durations).answer(offer(5), arrivals, range(5))

    assert answered.waited_ns == (0, 0, 90, 90, 0)
    assert answered.served_ns == (10, 100, 10, 10, 10)
    assert answered.number == (0, 1, 2, 3, 4)


def test_time_without_a_query_is_told_apart():
    answered = virtual_server(iter([10, 10])).answer(offer(2), [5, 100], range(2))
    assert (answered.asleep_ns, answered.spun_ns) == (5 + 85, 0)


def test_a_rate_is_given_up_once_too_many_are_late_and_only_then():
    count = 2_000
    arrivals = list(range(count))  # a thousandth of what a server would need
    gives_up = offer(count, bound_ns=SERVICE_NS // 2, gives_up=True)

    stopped = virtual_server().answer(gives_up, arrivals, range(count))
    whole = virtual_server().answer(offer(count, bound_ns=SERVICE_NS // 2), arrivals, range(count))

    assert len(stopped.number) == most_late(count) + 1
    assert len(whole.number) == count


@given(st.integers(0, 2**32), st.floats(0.1, 1e6))
def test_another_rate_is_the_same_draw_on_another_scale(seed, rate):
    base = poisson_arrivals(1.0, 50, seed)
    scaled = poisson_arrivals(rate, 50, seed)
    assert np.allclose(scaled * rate, base, atol=rate + 1)
    assert (np.diff(base) >= 0).all()


def test_gaps_are_exponential():
    gaps = np.diff(poisson_arrivals(1000.0, 200_000, 3)) / 1e6
    assert gaps.mean() == pytest.approx(1, rel=0.01)
    assert gaps.std() == pytest.approx(1, rel=0.02)
    assert (gaps > 2).mean() == pytest.approx(np.exp(-2), rel=0.02)


def test_two_that_take_in_turn_share_all_numbers(tmp_path):
    counter = tmp_path / "taken"
    new_counter(counter)
    first, second = taken_in_turn(counter, 5), taken_in_turn(counter, 5)

    taken = [next(first), next(second), next(second), next(first), next(second)]

    assert taken == [0, 1, 2, 3, 4]
    assert list(first) == []
    assert list(second) == []
