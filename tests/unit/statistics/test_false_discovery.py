import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.false_discovery import adjusted, level_of_one_more

chances = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1))


@given(p=chances)
def test_adjusted_values_are_those_of_scipy(p):
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p, method="bh"))


def test_nothing_stays_nothing():
    assert adjusted(np.array([])).size == 0


@given(p=chances, rate=st.floats(0.001, 0.5))
def test_a_hypothesis_at_the_level_of_one_more_is_rejected_as_well(p, rate):
    already = adjusted(p) <= rate
    if already.all():
        return
    level = level_of_one_more(p, rate)
    first = int(np.flatnonzero(~already)[0])
    changed = p.copy()
    changed[first] = min(level * (1 - 1e-9), p[first])
    assert adjusted(changed)[first] <= rate


def test_the_level_of_a_single_question_is_the_rate():
    assert level_of_one_more(np.array([0.4]), 0.05) == pytest.approx(0.05)
    assert level_of_one_more(np.array([]), 0.05) == pytest.approx(0.05)


def test_among_hundred_questions_the_level_is_a_hundredth_and_rises_with_every_rejection():
    p = np.full(100, 0.9)
    assert level_of_one_more(p, 0.05) == pytest.approx(0.0005)
    p[:4] = 1e-9
    assert level_of_one_more(p, 0.05) == pytest.approx(0.0025)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_what_is_no_chance_is_refused(value):
    with pytest.raises(ValueError, match="p-value"):
        adjusted(np.array([0.5, value]))
