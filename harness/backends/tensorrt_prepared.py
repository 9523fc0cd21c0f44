"""An engine ready to run: its tensors have addresses, and a pass is one call on a side stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from harness.backends.base import Arrays
from harness.backends.cuda_device import CudaDevice
from harness.backends.tensorrt_api import Context, Engine, sizes
from harness.backends.tensorrt_tensors import TensorMemory, allocate
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

_MIN_RUNS_BEFORE_CAPTURE: Final = 1
"""The first pass after a change of shapes does work of the host that no graph can hold.

Source: NVIDIA, TensorRT Developer Guide, section 'CUDA Graphs'.
"""


class TensorRTPrepared:
    """Inputs and outputs lie on the device from the start, each with a pinned twin on the host."""

    asynchronous = True
    """`run` returns when the pass is queued."""
    run: Callable[[], None]
    synchronize: Callable[[], None]

    def __init__(
        self,
        owners: tuple[Any, Any, Engine],
        context: Context,
        device: CudaDevice,
        names: tuple[tuple[str, ...], tuple[str, ...]],
        batch_size: int,
    ) -> None:
        """Take memory for every tensor; `owners` are the runtime, its log, and the engine."""
        self._device = device
        self._kept: Any = (owners, context)  # a context needs what made it as long as it lives
        engine = owners[-1]
        inputs, outputs = names
        self._inputs = tuple(_input(device, engine, context, name, batch_size) for name in inputs)
        self._outputs = tuple(_output(device, engine, context, name) for name in outputs)
        self._effective: dict[str, str] = {}
        self._enqueue = self._by_launches(context)
        self._timed = device.timer()
        self.run = _refuse_to_run
        self.synchronize = device.synchronize

    def record_graph(self) -> None:
        """Make every later pass one launch of a graph.

        Raises:
            PreparationError: the pass cannot be recorded.
        """
        for _ in range(_MIN_RUNS_BEFORE_CAPTURE):
            self._enqueue()
        self._device.synchronize()
        self._enqueue = self._device.captured(self._enqueue)

    def says(self, effective: Mapping[str, str]) -> None:
        """Add settings that were read back while it was prepared."""
        self._effective.update(effective)

    def bind(self, inputs: Arrays) -> None:
        """Copy these inputs to the device.

        Raises:
            PreparationError: they are not of the number and shapes that the engine takes.
        """
        found = [array.shape for array in inputs]
        expected = [tensor.shape for tensor in self._inputs]
        if found != expected:
            detail = f"inputs of shapes {found}, the engine takes {expected}"
            raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
        self.synchronize()  # a copy that is under way reads what is staged
        for tensor, array in zip(self._inputs, inputs, strict=True):
            tensor.stage(np.asarray(array))
        self._upload()
        self.synchronize()
        self.run = self._enqueue

    def run_with_transfers(self) -> None:
        """Copy the bound inputs to the device, run, and copy the outputs back, to the end."""
        self._upload()
        self.run()
        self._download()
        self.synchronize()

    def outputs(self) -> Arrays:
        """Return copies of the last pass's outputs, on the host."""
        self._download()
        self.synchronize()
        return tuple(tensor.taken() for tensor in self._outputs)

    def effective(self) -> Mapping[str, str]:
        """Return the settings in effect, as read back when the engine was built and loaded."""
        return self._effective

    def device_time_ns(self) -> int | None:
        """Run once and return its time by two events on the stream."""
        return self._timed(self.run)

    def close(self) -> None:
        """Let go of the context and the engine; the device gives back the memory."""
        self.synchronize()
        self.run = self._enqueue = _refuse_to_run
        self.synchronize = _nothing
        self._kept = None
        self._timed = _no_time
        self._inputs, self._outputs = (), ()

    def _by_launches(self, context: Context) -> Callable[[], None]:
        """Return a function that queues every kernel of a pass."""
        execute, stream = context.execute_async_v3, self._device.stream

        def enqueue() -> None:
            if not execute(stream):
                detail = "the library refused to queue a pass"
                raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)

        return enqueue

    def _upload(self) -> None:
        for tensor in self._inputs:
            host = tensor.host
            self._device.to_device(tensor.address, host.ctypes.data, host.nbytes)

    def _download(self) -> None:
        for tensor in self._outputs:
            host = tensor.host
            self._device.to_host(host.ctypes.data, tensor.address, host.nbytes)


def _input(
    device: CudaDevice, engine: Engine, context: Context, name: str, batch_size: int
) -> TensorMemory:
    shape = (batch_size, *sizes(engine.get_tensor_shape(name))[1:])
    tensor = allocate(device, name, str(engine.get_tensor_dtype(name).name), shape)
    _accepted(context.set_input_shape(name, shape), f"the shape {shape} of {name!r}")
    _accepted(context.set_tensor_address(name, tensor.address), f"the address of {name!r}")
    return tensor


def _output(device: CudaDevice, engine: Engine, context: Context, name: str) -> TensorMemory:
    shape = sizes(context.get_tensor_shape(name))
    if min(shape, default=1) < 0:
        detail = f"the shape of the output {name!r} is not known before a pass: {shape}"
        raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
    tensor = allocate(device, name, str(engine.get_tensor_dtype(name).name), shape)
    _accepted(context.set_tensor_address(name, tensor.address), f"the address of {name!r}")
    return tensor


def _accepted(accepted: bool, what: str) -> None:  # noqa: FBT001 - the bindings' answer
    if not accepted:
        raise PreparationError(ReasonCode.SETTING_NOT_APPLIED, f"the library refused {what}")


def _nothing() -> None:
    """Do nothing: all has ended."""


def _no_time(_enqueue: Callable[[], None]) -> int:
    raise _not_ready()


def _refuse_to_run() -> None:
    raise _not_ready()


def _not_ready() -> PreparationError:
    return PreparationError(ReasonCode.PREPARATION_FAILED, "no inputs are bound, or it is closed")
