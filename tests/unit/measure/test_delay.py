import sys

import numpy as np
import pytest

from harness.measure.delay import run_delay
from harness.statistics.quiet import fewest_quiet, undisturbed


def test_the_second_number_of_schedstat_is_the_time_waited(tmp_path):
    path = tmp_path / "schedstat"
    path.write_text("100 42 7\n", encoding="ascii")
    waited = run_delay(path)
    assert waited is not None
    assert waited() == 42
    path.write_text("100 50 8\n", encoding="ascii")
    assert waited() == 50


def test_without_the_file_nobody_knows_who_waited(tmp_path):
    assert run_delay(tmp_path / "none") is None


def test_where_nobody_knows_who_waited_no_slice_is_called_disturbed():
    assert undisturbed(np.array([]), np.array([100.0, 100.0])).tolist() == [True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps /proc/self/schedstat")
def test_the_kernels_counter_never_goes_back():
    waited = run_delay()
    assert waited is not None
    first = waited()
    assert waited() >= first >= 0


def test_a_slice_that_shared_its_core_is_disturbed():
    waited, durations = np.array([0.0, 1.0, 30.0]), np.array([100.0, 100.0, 100.0])
    assert undisturbed(waited, durations).tolist() == [True, True, False]


def test_three_slow_slices_are_worth_eight_short_ones():
    assert (fewest_quiet(0.01), fewest_quiet(0.2)) == (8, 3)
