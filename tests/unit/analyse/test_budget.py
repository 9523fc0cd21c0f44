# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import doctest
from importlib import import_module

import numpy as np
import pytest

from harness.analyse.budget import affordable
from harness.analyse.scaling import laws
from harness.core.case import Scenario
from harness.core.choice import Limit
from tests.unit.analyse.scaling.known import SIZES, costs, record, series

TIME = Limit(metric="latency_quiet", value=5e-3, text="latency_quiet=5ms")
SIZE_AT_5_MS = ((5e-3 - 2e-5) / 2e-9) ** (1 / 0.9)
MEMORY = Limit(metric="peak_rss", value=1e8, text="peak_rss=100MB")


def both(memory_per_parameter=4.0):
    return [
        record(size, {"latency_quiet": float(cost), "peak_rss": 5e7 + memory_per_parameter * size})
        for size, cost in zip(SIZES, costs(), strict=True)
    ]


def ask(records, *limits):
    return affordable(laws(records, [limit.metric for limit in limits]), limits)


def test_the_largest_network_is_where_the_law_meets_the_limit():
    (found,) = ask(series(), TIME)
    assert found.size == pytest.approx(SIZE_AT_5_MS, rel=0.1)
    assert found.size < SIZE_AT_5_MS
    assert found.probability > 0.9
    assert found.binds == TIME
    assert not found.is_extrapolated


def test_of_two_limits_the_tighter_binds():
    (found,) = ask(both(), TIME, MEMORY)
    assert found.binds == TIME
    (other,) = ask(both(400.0), TIME, MEMORY)
    assert other.binds == MEMORY
    assert other.size == pytest.approx(5e7 / 400, rel=0.1)
    assert [one.limit for one in other.limits] == [TIME, MEMORY]


def test_each_limit_alone_says_what_it_would_allow():
    (found,) = ask(both(), TIME, MEMORY)
    time, memory = found.limits
    assert time.size == pytest.approx(SIZE_AT_5_MS, rel=0.02)
    assert memory.size == pytest.approx(5e7 / 4, rel=0.02)


def test_more_confidence_gives_a_smaller_network():
    noisy = [
        record(size, {"latency_quiet": float(cost)})
        for size, cost in zip(
            SIZES, costs() * np.exp(0.2 * np.random.default_rng(1).standard_normal(8)), strict=True
        )
    ]
    fitted = laws(noisy)
    sizes = [affordable(fitted, [TIME], confidence)[0].size for confidence in (0.5, 0.9, 0.99)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_size_beyond_those_measured_is_extrapolated_and_said_to_be():
    (found,) = ask(series(), Limit(metric="latency_quiet", value=3e-2, text="30ms"))
    assert found.size > SIZES[-1]
    assert found.is_extrapolated


def test_beyond_one_order_of_magnitude_it_is_refused():
    (found,) = ask(series(), Limit(metric="latency_quiet", value=10.0, text="10s"))
    assert found.size is None
    assert "refused" in found.note
    assert "does not bind" in found.limits[0].note


def test_a_limit_below_every_network_is_met_by_none():
    (found,) = ask(series(), Limit(metric="latency_quiet", value=1e-6, text="1us"))
    assert found.size is None
    assert "nothing fits" in found.note
    assert found.limits[0].note == "exceeded by the smallest networks"


def test_a_throughput_is_a_least():
    records = [
        record(size, {"throughput_quiet": float(1 / cost)}, scenario=Scenario.OFFLINE)
        for size, cost in zip(SIZES, costs(), strict=True)
    ]
    (found,) = ask(records, Limit(metric="throughput_quiet", value=200.0, text="200/s"))
    assert found.size == pytest.approx(SIZE_AT_5_MS, rel=0.1)


def test_a_limit_without_a_law_has_no_answer_and_says_so():
    (found,) = ask(series(), TIME, MEMORY)
    assert found.size is None
    assert found.note == "no law of peak_rss: too few values"
    assert found.limits[1].note == "no law"


def test_a_batch_size_without_one_of_the_laws_is_left_out_where_another_has_all():
    offline = [
        record(size, {"peak_rss": 1e7}, batch_size=2, scenario=Scenario.OFFLINE) for size in SIZES
    ]
    (found,) = ask([*both(), *offline], TIME, MEMORY)
    assert found.subject.batch_size == 1


def test_a_law_that_does_not_hold_is_named():
    (found,) = ask(series(sizes=SIZES[:4]), Limit(metric="latency_quiet", value=2e-4, text=""))
    assert found.note == "the law of latency_quiet does not hold"


def test_sizes_are_rounded_down_to_three_digits():
    (found,) = ask(series(), TIME)
    assert found.size % 10_000 == 0


def test_families_and_targets_are_answered_one_by_one():
    records = [*series(), *series(backend="onnxruntime"), *series(family="cnn")]
    assert len(ask(records, TIME)) == 3


def test_the_examples_in_the_docstrings_are_true():
    found = doctest.testmod(import_module("harness.analyse.budget"))
    assert found.attempted > 0
    assert found.failed == 0
