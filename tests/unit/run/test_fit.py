import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Case, Precision, Target
from harness.core.reason import ReasonCode
from harness.run.fit import Free, cost_of, impossible, lower_bound, needs_of, too_large
from model_zoo.solve import solve


def case(size=1_000_000, **target):
    return Case(model=solve("mlp", size), target=Target(backend="eager", **target))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how many cores are allowed")
def test_more_threads_than_cores_are_refused():
    assert impossible(case(threads=4096)).code is ReasonCode.TOO_FEW_CORES


@given(st.integers(10_000, 10**11))
def test_a_case_fits_exactly_where_its_weights_and_its_reference_do(size):
    one = case(size)
    needed = max(lower_bound(one), 8 * cost_of(one).parameter_count)
    assert impossible(one, Free(host=needed)) is None
    assert impossible(one, Free(host=needed - 1)).code is ReasonCode.WOULD_NOT_FIT


@given(st.integers(10_000, 10**11))
def test_on_a_gpu_the_device_must_hold_the_network_and_the_host_its_reference(size):
    one = case(size, device="cuda:0")
    host, device = 8 * cost_of(one).parameter_count, lower_bound(one)
    assert impossible(one, Free(host=host, device=device)) is None
    assert impossible(one, Free(host=host)) is None
    small = impossible(one, Free(host=host, device=device - 1))
    assert small.code is ReasonCode.WOULD_NOT_FIT
    assert "cuda:0" in small.detail
    assert impossible(one, Free(host=host - 1, device=device)).code is ReasonCode.WOULD_NOT_FIT


def test_a_network_of_the_users_own_is_held_against_what_was_found_of_it():
    one = case()
    assert too_large(one, 100, Free(host=100)) is None
    assert too_large(one, 100, Free(host=99)).code is ReasonCode.WOULD_NOT_FIT
    assert too_large(one, 10**18).code is ReasonCode.WOULD_NOT_FIT


def test_an_input_that_is_a_layers_own_is_not_counted_twice():
    one = Case(model=solve("cnn", 100_000), target=Target(backend="eager"), batch_size=64)
    costs = cost_of(one)
    assert costs.activation_bytes > costs.input_bytes + costs.output_bytes
    assert lower_bound(one) == costs.weight_bytes + costs.activation_bytes
    assert lower_bound(case()) >= cost_of(case()).weight_bytes + cost_of(case()).output_bytes


def test_what_a_network_of_the_zoo_needs_is_that_of_its_cost():
    needs, costs = needs_of(case()), cost_of(case())
    assert (needs.parameter_count, needs.depth) == (costs.parameter_count, costs.depth)
    assert needs.lower_bound == lower_bound(case()) > costs.weight_bytes


def test_half_precision_halves_the_weights():
    assert cost_of(case(precision=Precision.FP16)).weight_bytes * 2 == cost_of(case()).weight_bytes
