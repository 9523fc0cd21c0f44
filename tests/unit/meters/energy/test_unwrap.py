"""Counters that begin again: what was counted is exact, whatever the modulus and the order."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters.energy.unwrap import counted, guard_ns, step

SEQUENCES = 100_000


def test_unwrapping_and_adding_up_are_exact_over_a_hundred_thousand_random_sequences():
    rng = random.Random(4)
    wraps = 0
    for _ in range(SEQUENCES):
        modulus = rng.randrange(2, 1 << rng.randrange(2, 48))
        spent = [rng.randrange(modulus) for _ in range(rng.randrange(1, 6))]
        truth = [rng.randrange(modulus)]
        for one in spent:
            truth.append(truth[-1] + one)
        read = [value % modulus for value in truth]
        wraps += sum(after < before for before, after in pairwise(read))
        middle = rng.randrange(len(read))
        assert counted(read, modulus) == sum(spent)
        assert counted(read[: middle + 1], modulus) + counted(read[middle:], modulus) == sum(spent)
    assert wraps > SEQUENCES


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 2**62))
def test_nothing_is_ever_counted_below_zero(before, after, modulus):
    assert step(before, after, modulus) >= 0


@given(st.lists(st.integers(0, 2**50), min_size=1), st.integers(1, 1_000))
def test_a_unit_that_is_so_many_times_smaller_counts_so_many_times_as_much(values, times):
    growing = sorted(values)
    assert counted([value * times for value in growing], None) == times * counted(growing, None)


def test_a_counter_that_never_wraps_and_goes_back_was_reset():
    with pytest.raises(Unavailable) as caught:
        counted([5, 9, 3], None)
    assert caught.value.reason.code is ReasonCode.COUNTER_RESET


def test_guards_come_four_times_as_often_as_the_greatest_power_can_wrap_a_counter():
    # 65,536 J at 400 W wrap after 164 s.
    assert guard_ns(65_536_000_000, 1e-6, 400.0) == pytest.approx(0.25 * 163.84e9)
    assert guard_ns(None, 1e-6, 400.0) is None
