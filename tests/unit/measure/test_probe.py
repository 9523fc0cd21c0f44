import os
import sys

import pytest

from harness.measure.cores import allowed_cores, current_core, pin
from harness.measure.probe import Prober, scattered_lines


def test_every_reading_is_kept_in_the_order_taken():
    prober = Prober()
    readings = [prober.read() for _ in range(3)]
    columns = prober.columns()
    assert columns.start_ns == tuple(reading.start for reading in readings)
    assert columns.start_ns == tuple(sorted(columns.start_ns))
    assert min(columns.native_ns + columns.loop_ns + columns.cache_ns) > 0


def test_only_the_scattered_lines_of_the_buffer_are_resident():
    buffer, places = scattered_lines()
    assert buffer.nbytes == 32 << 20
    assert len(set(places.tolist())) == 2048
    assert (places % 8 == 0).all()
    assert buffer[places].sum() == 2048


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins a process to a core")
def test_a_pinned_process_runs_where_it_was_pinned():
    before = os.sched_getaffinity(0)
    try:
        for core in allowed_cores():
            pin((core,))
            assert current_core() == core
    finally:
        os.sched_setaffinity(0, before)


def test_no_cores_mean_no_pinning():
    before = allowed_cores()
    pin(())
    assert allowed_cores() == before
