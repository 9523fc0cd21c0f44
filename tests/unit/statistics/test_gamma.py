import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.gamma import digamma, trigamma, trigamma_inverse

positive = st.floats(1e-4, 1e6)


@given(x=positive)
def test_digamma_is_that_of_scipy(x):
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-10, abs=1e-13)


@given(x=positive)
def test_trigamma_is_that_of_scipy(x):
    assert trigamma(x) == pytest.approx(special.polygamma(1, x), rel=1e-12)


@given(x=st.floats(1e-5, 1e8))
def test_the_inverse_leads_back(x):
    assert trigamma_inverse(float(special.polygamma(1, x))) == pytest.approx(x, rel=1e-6)


def test_closed_forms_hold():
    assert digamma(1) == pytest.approx(-0.5772156649015329, rel=1e-14)
    assert trigamma(1) == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert trigamma(0.5) == pytest.approx(math.pi**2 / 2, rel=1e-14)
    assert trigamma_inverse(math.pi**2 / 6) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("function", [digamma, trigamma, trigamma_inverse])
@pytest.mark.parametrize("x", [0.0, -1.0, math.nan, math.inf])
def test_what_is_not_positive_is_refused(function, x):
    with pytest.raises(ValueError, match="expected a positive number"):
        function(x)
