from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.linear_axis import linear_axis


@given(st.floats(1e-9, 1e9), st.floats(1e-2, 1e6))
def test_ticks_lie_on_the_axis_and_are_evenly_spaced(low, relative):
    span = low * relative
    axis = linear_axis(low, low + span, "s")
    steps = [high - below for below, high in pairwise(axis.ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert all(low - span * 1e-6 <= one <= low + span * (1 + 1e-6) for one in axis.ticks)


def test_every_tick_is_labelled_as_tables_write_it():
    axis = linear_axis(0.001, 0.0021, "s")
    assert axis.ticks == pytest.approx((0.001, 0.0012, 0.0014, 0.0016, 0.0018, 0.002))
    assert axis.label_expression.startswith('["1 ms", "1.2 ms", "1.4 ms"')


def test_an_axis_without_extent_has_no_ticks_and_no_labels():
    axis = linear_axis(5.0, 5.0, "B")
    assert axis.ticks == ()
    assert axis.label_expression == "''"
