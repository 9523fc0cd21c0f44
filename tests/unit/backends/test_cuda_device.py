from __future__ import annotations

import ctypes
from functools import partial

import numpy as np
import pytest

from harness.backends.cuda_device import CudaDriver, Gpu, gpu_of, open_device
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from tests.fake_cuda import OUT_OF_MEMORY, FakeCuda


@pytest.fixture
def cuda():
    return FakeCuda()


def pinned(device, values):
    """Return a view of pinned memory that holds these bytes."""
    address = device.allocate_host(len(values))
    view = np.frombuffer(memoryview((ctypes.c_ubyte * len(values)).from_address(address)), np.uint8)
    view[:] = values
    return view


def test_what_goes_to_the_device_and_back_is_what_was_sent(cuda):
    with open_device("cuda:0", cuda) as device:
        there = pinned(device, [1, 2, 3, 250])
        back = pinned(device, [0, 0, 0, 0])
        address = device.allocate(4)
        device.to_device(address, there.ctypes.data, 4)
        device.to_host(back.ctypes.data, address, 4)
        assert not back.any()
        device.synchronize()
        assert back.tolist() == [1, 2, 3, 250]


def test_new_memory_of_the_device_is_zero(cuda):
    with open_device("cuda:0", cuda) as device:
        back = pinned(device, [9, 9])
        device.to_host(back.ctypes.data, device.allocate(2), 2)
        device.synchronize()
        assert back.tolist() == [0, 0]


def test_all_that_was_made_is_given_back_even_after_an_error(cuda):
    def fail():
        with open_device("cuda:0", cuda) as device:
            device.allocate(64)
            device.allocate_host(64)
            device.timer()
            device.captured(lambda: None)
            assert cuda.contexts == 1
            assert cuda.current is not None
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        fail()
    assert cuda.alive == {}
    assert cuda.contexts == 0
    assert cuda.current is None


def test_too_little_memory_is_named_as_the_driver_does():
    with (
        open_device("cuda:0", FakeCuda(room=100)) as device,
        pytest.raises(PreparationError, match="cuMemAlloc_v2 gave CUDA_ERROR_OUT_OF_MEM") as caught,
    ):
        device.allocate(101)
    assert caught.value.reason.code is ReasonCode.OUT_OF_MEMORY


def test_an_error_that_has_no_name_has_its_number(cuda):
    cuda.refuses["cuStreamCreate"] = 999
    with (
        pytest.raises(PreparationError, match=r"an unknown error \(999\)") as caught,
        open_device("cuda:0", cuda),
    ):
        pass
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED


@pytest.mark.parametrize("name", ["cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain"])
def test_a_driver_that_refuses_is_an_error_with_the_functions_name(cuda, name):
    cuda.refuses[name] = OUT_OF_MEMORY
    with pytest.raises(PreparationError, match=name), open_device("cuda:0", cuda):
        pass


def test_a_driver_that_refuses_to_wait_has_its_memory_taken_back_nonetheless(cuda):
    def fail():
        with open_device("cuda:0", cuda) as device:
            device.allocate(8)
            cuda.refuses["cuStreamSynchronize"] = 700

    with pytest.raises(PreparationError, match="cuStreamSynchronize"):
        fail()
    assert cuda.alive == {}


def test_a_gpu_has_a_name_and_a_compute_capability():
    cuda = FakeCuda(devices=2, sm=120)
    assert gpu_of(CudaDriver(cuda), "cuda:1") == Gpu(name="Fake GPU 1", sm=120)
    assert cuda.contexts == 0


def test_a_graph_does_every_time_what_was_recorded_and_nothing_while_it_is(cuda):
    with open_device("cuda:0", cuda) as device:
        done: list[int] = []
        work = partial(done.append, 1)
        launch = device.captured(lambda: cuda.on_device(device.stream, work))
        device.synchronize()
        assert done == []
        launch()
        launch()
        assert done == []
        device.synchronize()
        assert done == [1, 1]


def test_a_recording_that_fails_ends_so_that_the_stream_works_again(cuda):
    def refuse():
        raise PreparationError(ReasonCode.PREPARATION_FAILED, "not this one")

    with open_device("cuda:0", cuda) as device:
        with pytest.raises(PreparationError, match="not this one"):
            device.captured(refuse)
        assert cuda.calls[-1] == "cuStreamEndCapture"


def test_device_time_is_between_the_events_alone(cuda):
    def work(milliseconds):
        def advance():
            cuda.clock_ms += milliseconds

        return lambda: cuda.on_device(device.stream, advance)

    with open_device("cuda:0", cuda) as device:
        timed = device.timer()
        work(100.0)()
        assert timed(work(0.25)) == 250_000
        assert timed(work(1.5)) == 1_500_000
