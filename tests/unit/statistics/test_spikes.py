import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.statistics.spikes import spike_rate

samples = arrays(np.float64, st.integers(1, 100), elements=st.floats(0, 1e3))


def test_values_far_above_the_rest_are_counted():
    values = np.concatenate([np.linspace(1.0, 1.1, 98), [5.0, 9.0]])
    assert spike_rate(values) == pytest.approx(0.02)


def test_values_far_below_the_rest_are_no_spikes():
    assert spike_rate(np.concatenate([np.linspace(1.0, 1.1, 98), [0.1, 0.0]])) == 0


def test_a_value_on_the_fence_is_no_spike():
    body = np.array([0.0, 0.0, 1.0, 1.0, 4.0])
    assert np.quantile(body, [0.25, 0.75]).tolist() == [0.0, 1.0]
    assert spike_rate(body) == 0
    assert spike_rate(np.array([0.0, 0.0, 1.0, 1.0, 4.1])) == pytest.approx(0.2)


@given(values=samples, power=st.integers(-10, 10))
def test_the_unit_does_not_change_the_rate(values, power):
    assert spike_rate(values * 2.0**power) == spike_rate(values)


@given(values=samples)
def test_at_most_a_quarter_of_the_values_are_spikes(values):
    assert 0 <= spike_rate(values) <= 0.25


def test_no_values_have_no_rate():
    with pytest.raises(ValueError, match="no values"):
        spike_rate(np.array([]))
