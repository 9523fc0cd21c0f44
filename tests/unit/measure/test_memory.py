"""A memory pass of stand-in networks whose memory is known."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
import pytest

from harness.backends.cuda_driver import missing_device
from harness.core.errors import Unavailable
from harness.core.memory import DeviceMemory
from harness.core.reason import ReasonCode
from harness.measure.device_memory import DeviceWatch
from harness.measure.memory import Weighing, measure_memory
from harness.meters.host_memory import HostMemoryMeter, Marks
from harness.store.fake import FakeMachine, fake_memory_trial
from tests.bench.ballast import MIB, Ballast, LoadedBallast, ballast_task
from tests.bench.child import ask
from tests.unit.analyse.runs import CASE, code, timed, values_of

BALLAST = Ballast(weights=32 * MIB, spike=48 * MIB, work=16 * MIB, marks=(33 * MIB, 40 * MIB))
ALONE = DeviceMemory(device="c0ffee")

pytestmark = pytest.mark.skipif(
    HostMemoryMeter().availability() is not None, reason="this platform keeps no mark"
)


class StuckMeter(HostMemoryMeter):
    """Its mark never moves: what a meter of another process, or of one that never reset, shows."""

    def marks(self) -> Marks:
        real = super().marks()
        stuck = real.resident - real.anonymous
        return replace(real, high_water=stuck, resident=stuck)


@dataclass
class FakeGpu:
    """A GPU on which this process has a context, and takes more with every reading."""

    others: int = 0
    used: int = 100 * MIB
    contexts: int = 0
    pid_known: bool = True
    silent: bool = False
    mute: bool = False
    """Whether it lists no processes."""

    def make_context(self) -> None:
        self.contexts += 1
        self.used += 500 * MIB

    def read(self) -> int:
        if self.silent:
            raise Unavailable(ReasonCode.NVML_NO_PERMISSION, "refused")
        self.used += 40 * MIB * self.contexts
        return self.used

    def of_process(self, *, alone: bool = False) -> int:
        if not (self.pid_known or alone):
            raise Unavailable(ReasonCode.NVML_PID_NAMESPACE, "another namespace")
        return self.used - 110 * MIB

    def tenants(self) -> frozenset[int]:
        if self.mute:
            raise Unavailable(ReasonCode.NVML_NOT_SUPPORTED, "no list")
        ours = [os.getpid() if self.pid_known else 7] * self.contexts
        return frozenset([*range(1000, 1000 + self.others), *ours])

    def watched(self, device: str) -> DeviceWatch:
        assert device == "cuda:0"
        return DeviceWatch(self, ALONE, self.make_context)


def on_gpu(gpu: FakeGpu, ballast: Ballast = BALLAST):
    given = Weighing(device=gpu.watched, backend=lambda _: ballast)
    return measure_memory(ballast_task(32 * MIB, "cuda:0"), given)


def test_a_fresh_process_is_weighed_within_a_per_cent_spike_and_all():
    found = ask("host_memory_one", 64 * MIB, 64 * MIB, 32 * MIB, 0)
    assert found["load_peak"] == pytest.approx(128 * MIB, rel=0.01)
    assert found["kept"] == pytest.approx(64 * MIB, rel=0.01)
    assert found["run_peak"] == pytest.approx(32 * MIB, rel=0.01)


def test_what_was_there_before_and_what_stays_are_told_apart_from_the_peak():
    held = measure_memory(ballast_task(32 * MIB), Weighing(backend=lambda _: BALLAST))
    assert held.steady is not None
    assert held.steady_anonymous is not None
    assert held.steady - held.runtime == pytest.approx(32 * MIB, abs=4 * MIB)
    assert held.steady_anonymous - held.runtime_anonymous == pytest.approx(32 * MIB, abs=4 * MIB)
    assert held.run_peak - held.steady == pytest.approx(16 * MIB, abs=4 * MIB)
    assert held.lower_bound == 32 * MIB
    assert held.inputs == 4 * 100
    assert held.device is None
    assert held.device_reason.code is ReasonCode.NOT_ON_THIS_DEVICE


def test_a_planted_meter_that_reads_low_is_found_out_by_the_bound():
    given = Weighing(host=StuckMeter(), backend=lambda _: BALLAST)
    held = measure_memory(ballast_task(32 * MIB), given)
    trial = replace(fake_memory_trial(CASE), memory=held)
    found = values_of(*timed(FakeMachine()), trial)
    for name in ("peak_rss", "peak_anonymous", "steady_rss", "weights_rss", "working_rss"):
        assert code(found[name]) is ReasonCode.METER_READS_TOO_LOW
    true = measure_memory(ballast_task(32 * MIB), Weighing(backend=lambda _: BALLAST))
    found = values_of(*timed(FakeMachine()), replace(trial, memory=true))
    peak = found["peak_rss"].value
    assert peak is not None
    assert peak >= 80 * MIB


def test_a_gpu_is_read_before_and_after_a_context_and_at_every_border():
    gpu = FakeGpu()
    held = on_gpu(gpu)
    assert gpu.contexts == 1
    found = held.device
    assert found == DeviceMemory(
        device="c0ffee",
        used_before=100 * MIB,
        used_context=640 * MIB,
        used_peak=760 * MIB,
        process_context=530 * MIB,
        process_peak=650 * MIB,
        allocated_peak=33 * MIB,
        reserved_peak=40 * MIB,
    )
    assert held.device_peak == 650 * MIB
    assert held.device_reason is None


def test_a_gpu_with_others_on_it_tells_nothing_of_this_process():
    found = on_gpu(FakeGpu(others=1)).device
    assert found.used_reason.code is ReasonCode.DEVICE_SHARED
    assert found.process_peak is not None


def test_a_container_with_its_own_process_numbers_knows_itself_where_it_is_alone():
    held = on_gpu(FakeGpu(pid_known=False))
    assert held.device_peak == 650 * MIB
    assert held.device.used_reason is None


def test_a_container_with_its_own_process_numbers_and_others_beside_it_knows_nothing():
    held = on_gpu(FakeGpu(pid_known=False, others=1))
    assert held.device_peak is None
    assert held.device_reason.code is ReasonCode.NVML_PID_NAMESPACE
    assert held.device.used_reason.code is ReasonCode.DEVICE_SHARED


def test_a_driver_that_lists_no_processes_proves_no_device_to_be_ours():
    gpu = FakeGpu()
    watch = gpu.watched("cuda:0")
    watch.begin()
    gpu.mute = True
    end = watch.end(LoadedBallast(0))
    assert end.used_reason.code is ReasonCode.NVML_NOT_SUPPORTED
    found = on_gpu(FakeGpu(mute=True)).device
    assert found.used_reason.code is ReasonCode.NVML_NOT_SUPPORTED


def test_a_runtime_whose_allocator_is_silent_and_a_driver_that_refuses_have_reasons():
    found = on_gpu(FakeGpu(silent=True), replace(BALLAST, marks=None)).device
    assert found.used_reason.code is ReasonCode.NVML_NO_PERMISSION
    assert found.used_peak is None
    assert found.allocator_reason.code is ReasonCode.BACKEND_UNSUPPORTED


def test_a_gpu_that_is_not_there_is_the_reason_and_the_host_is_weighed_all_the_same():
    def gone(device):
        raise Unavailable(ReasonCode.NO_CUDA_DEVICE, device)

    given = Weighing(device=gone, backend=lambda _: BALLAST)
    held = measure_memory(ballast_task(32 * MIB, "cuda:0"), given)
    assert held.device_reason.code is ReasonCode.NO_CUDA_DEVICE
    assert held.load_peak - held.runtime >= 79 * MIB


@pytest.mark.skipif(missing_device("cuda:0") is None, reason="this machine has a GPU")
def test_a_watch_of_a_gpu_that_this_machine_lacks_is_refused():
    with pytest.raises(Unavailable) as caught:
        DeviceWatch.of("cuda:0")
    assert caught.value.reason.code is ReasonCode.NO_CUDA_DEVICE


def test_the_stand_in_serves_what_a_run_asks_of_it():
    with BALLAST.prepare(ballast_task(0).artifact, ballast_task(0).case.target, 1) as model:
        model.bind((np.ones(3),))
        model.run_with_transfers()
        model.synchronize()
        assert model.outputs()[0].sum() == 3
        assert not model.effective()
        assert model.device_time_ns() is None
