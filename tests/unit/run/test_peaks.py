import pytest

from harness.core.errors import Unavailable
from harness.core.peaks import Bandwidth, Peaks
from harness.run.peaks import _last_line, ensure_peaks, measure_peaks
from harness.store.peaks import store_peaks

KEYS = {"cpu_model": "Made Up 3000"}
PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11},
    bandwidth=(Bandwidth(working_set=1 << 20, rate=5e10),),
    launch=1e-6,
    by="torch",
    hard_keys=KEYS,
)


def test_what_is_stored_is_not_measured_again(tmp_path):
    store_peaks(tmp_path, PEAKS)
    assert ensure_peaks([("cpu", 1)], KEYS, tmp_path) == (PEAKS,)


def test_a_device_that_is_not_there_says_what_torch_said():
    with pytest.raises(Unavailable, match="worker_error"):
        measure_peaks("nonsense:0", 1, KEYS)


def test_a_device_that_takes_too_long_is_given_up():
    with pytest.raises(Unavailable, match=r"no peaks of cpu in 0\.001 s"):
        measure_peaks("cpu", 1, KEYS, limit_s=0.001)


@pytest.mark.parametrize(
    ("said", "last"), [(b"", "the process said nothing"), (b"a\n\nb\n", "b"), (b"\xff", "\ufffd")]
)
def test_the_last_line_is_what_is_quoted(said, last):
    assert _last_line(said) == last


@pytest.mark.slow
def test_peaks_of_this_machine_are_measured_once_and_kept(tmp_path):
    first = ensure_peaks([("cpu", 1)], KEYS, tmp_path)
    assert ensure_peaks([("cpu", 1)], KEYS, tmp_path) == first
    (found,) = first
    assert found.gemm["fp32"] > 0
    assert found.hard_keys == KEYS
    assert found.measured_at
    sets = [one.working_set for one in found.bandwidth]
    assert sets == sorted(sets)
    assert set(found.gemm) >= {"fp32", "bf16"}
