from __future__ import annotations

import mmap

import pytest

from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters.host_memory import HostMemoryMeter, Marks

STATUS = """Name:\tpython
Threads:\t1
VmHWM:\t    3000 kB
VmRSS:\t    2000 kB
RssAnon:\t    1000 kB
"""
SPIKE = 64 << 20


@pytest.fixture
def real():
    meter = HostMemoryMeter()
    reason = meter.availability()
    if reason is not None:
        pytest.skip(str(reason))
    return meter


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "status").write_text(STATUS)
    (tmp_path / "clear_refs").write_text("")
    return tmp_path


def test_marks_are_in_bytes(folder):
    meter = HostMemoryMeter(folder)
    assert meter.availability() is None
    assert meter.marks() == Marks(
        high_water=3000 * 1024, resident=2000 * 1024, anonymous=1000 * 1024
    )
    assert meter.read() == 3000 * 1024


def test_what_is_resident_exactly_is_in_bytes_or_not_known(folder):
    meter = HostMemoryMeter(folder)
    assert meter.resident_exactly() is None
    (folder / "smaps_rollup").write_text("55d-7ff ---p 0 00:00 0 [rollup]\nRss:\t 1996 kB\n")
    assert meter.resident_exactly() == 1996 * 1024


def test_counter_and_exact_sum_agree_on_this_kernel(real):
    exact = real.resident_exactly()
    if exact is None:
        pytest.skip("this kernel has no smaps_rollup")
    assert real.marks().resident == pytest.approx(exact, rel=0.02)


def test_a_reset_writes_five(folder):
    HostMemoryMeter(folder).reset()
    assert (folder / "clear_refs").read_text() == "5"


def test_a_spike_that_is_gone_is_seen_and_a_reset_forgets_it(real):
    real.reset()
    before = real.marks()
    with mmap.mmap(-1, SPIKE) as spike:
        for page in range(0, SPIKE, mmap.PAGESIZE):
            spike[page] = 1
    gone = real.marks()
    assert gone.high_water - before.resident >= 0.99 * SPIKE
    real.reset()
    assert real.marks().high_water - before.resident < 0.5 * SPIKE


@pytest.mark.parametrize("text", ["", STATUS.replace("VmHWM", "VmSwap"), STATUS.replace("30", "x")])
def test_a_kernel_that_does_not_tell_is_a_reason(folder, text):
    (folder / "status").write_text(text)
    meter = HostMemoryMeter(folder)
    reason = meter.availability()
    assert reason is not None
    assert reason.code is ReasonCode.HIGH_WATER_MARK_UNAVAILABLE
    with pytest.raises(Unavailable):
        meter.read()


def test_a_platform_without_proc_is_a_reason_with_a_hint(tmp_path):
    meter = HostMemoryMeter(tmp_path / "self")
    reason = meter.availability()
    assert reason is not None
    assert reason.hint
    with pytest.raises(Unavailable, match="cannot be reset"):
        meter.reset()


def test_a_mark_that_cannot_be_reset_is_a_reason(folder):
    (folder / "clear_refs").unlink()
    reason = HostMemoryMeter(folder).availability()
    assert reason is not None
    assert "not writable" in reason.detail
