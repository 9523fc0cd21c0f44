"""The stand-in for a counter, and the stand-ins of the tests: their truth is a closed form."""

from __future__ import annotations

import pytest

from harness.backends.fake import FakeClock
from harness.core.errors import Unavailable
from harness.meters.fake import FakeCounter
from tests.powercap.trace import Trace
from tests.sensor import Load, Sensor, constant

MS = 1_000_000
S = 1_000 * MS


def test_a_counter_shows_the_energy_of_its_last_step():
    clock = FakeClock()
    counter = FakeCounter(clock=clock, energy=constant(40.0), period_ns=10 * MS, phase_ns=3 * MS)
    clock.advance(22 * MS)
    # Steps are at 3, 13, 23 ms: 40 W until 13 ms.
    assert counter.read() == 520_000
    clock.advance(MS)
    assert counter.read() == 920_000


def test_a_counter_begins_again_and_breaks_as_it_is_told():
    clock = FakeClock(now_ns=S)
    assert FakeCounter(clock=clock, energy=constant(40.0), modulus=30_000_000).read() == 10_000_000
    with pytest.raises(Unavailable):
        FakeCounter(clock=clock, energy=constant(40.0), broken=lambda now: now == S).read()


def test_a_trace_adds_its_levels_up_and_begins_again():
    trace = Trace(start_ns=5 * S, levels=((2 * S, 10_000), (S, 40_000)))
    moments = {0: 0, 5 * S: 0, 6 * S: 10, 7 * S: 20, 8 * S: 60, 9 * S: 70, 11 * S: 120}
    assert {at: trace.energy_uj(at) / 1e6 for at in moments} == moments


def test_a_load_spends_its_two_powers_in_turn():
    load = Load(period_ns=100 * MS, duty=0.25, high_w=200.0, low_w=40.0)
    assert load.energy_j(25 * MS) == pytest.approx(5.0)
    assert load.energy_j(100 * MS) == pytest.approx(8.0)
    assert load.energy_j(S) == pytest.approx(80.0)
    shifted = Load(period_ns=100 * MS, duty=0.25, high_w=200.0, low_w=40.0, phase_ns=25 * MS)
    assert shifted.energy_j(75 * MS) == pytest.approx(3.0)


def test_a_sensor_that_looks_a_quarter_of_the_time_takes_that_for_all_of_it():
    # Work in the last quarter of each period, which is all that it sees.
    load = Load(period_ns=100 * MS, duty=0.25, high_w=200.0, low_w=40.0, phase_ns=25 * MS)
    blind = Sensor(load=load, period_ns=100 * MS, seen_ns=25 * MS)
    assert blind.energy_uj(S) == pytest.approx(200e6)
    seeing = Sensor(load=load, period_ns=100 * MS, seen_ns=100 * MS)
    assert seeing.energy_uj(S) == pytest.approx(80e6)
