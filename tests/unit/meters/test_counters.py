"""Readings of several counters side by side, each at its own moment."""

from __future__ import annotations

import pytest

from harness.backends.fake import FakeClock
from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.meters.counters import Book
from harness.meters.fake import FakeCounter
from tests.sensor import constant

MS = 1_000_000


def test_each_counter_keeps_its_own_moments_and_values():
    clock = FakeClock()
    package = FakeCounter(clock=clock, energy=constant(40.0), modulus=50_000, limit_w=200.0)
    dram = FakeCounter(clock=clock, energy=constant(5.0), name="package-0/dram", domain=Domain.DRAM)
    book = Book([package, dram], clock)
    assert book.read() == 0
    clock.advance(10 * MS)
    assert book.read() == 1
    one, other = book.counters({("package-0", "fake"): MS})
    assert one.at_ns == other.at_ns == (0, 10 * MS)
    # 40 W for 10 ms are 400,000 uJ, eight times the range; 5 W are 50,000 uJ.
    assert (one.values, other.values) == ((0, 0), (0, 50_000))
    assert (one.update_period_ns, other.update_period_ns) == (MS, None)
    assert (one.modulus, one.limit_w, one.method) == (50_000, 200.0, "fake")


def test_half_of_the_time_that_a_reading_took_is_kept_with_its_middle():
    times = iter([100, 107])
    book = Book([FakeCounter(clock=lambda: 0, energy=constant(1.0))], lambda: next(times))
    book.read()
    (counter,) = book.counters({})
    assert (counter.at_ns, counter.half_width_ns) == ((103,), (4,))


def test_a_moment_in_which_a_counter_is_broken_is_not_kept():
    clock = FakeClock()
    meter = FakeCounter(clock=clock, energy=constant(1.0), broken=lambda now: now == MS)
    book = Book([meter], clock)
    book.read()
    clock.advance(MS)
    with pytest.raises(Unavailable, match="broken"):
        book.read()
    assert len(book.moments) == 1
