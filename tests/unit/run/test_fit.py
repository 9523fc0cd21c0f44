import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Case, Precision, Target
from harness.core.reason import ReasonCode
from harness.run.fit import cost_of, impossible, lower_bound
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
    assert impossible(one, needed) is None
    assert impossible(one, needed - 1).code is ReasonCode.WOULD_NOT_FIT


def test_half_precision_halves_the_weights():
    assert cost_of(case(precision=Precision.FP16)).weight_bytes * 2 == cost_of(case()).weight_bytes
