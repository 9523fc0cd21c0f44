"""A session of ONNX Runtime with its inputs and outputs bound, so that `run` converts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from harness.backends.base import Arrays
from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(int64)": np.dtype(np.int64),
    **{f"tensor({name})": np.dtype(name) for name in ("int32", "int16", "int8", "uint8", "bool")},
}
"""ONNX Runtime's names of the formats that networks take and give."""


class OnnxRuntimePrepared:
    """Inputs and outputs lie in memory of the session's device from the start."""

    run: Callable[[], None]
    synchronize: Callable[[], None]

    def __init__(
        self,
        runtime: Any,  # noqa: ANN401 - a module without type information
        session: Any,  # noqa: ANN401
        target: Target,
        batch_size: int,
        effective: Mapping[str, str],
    ) -> None:
        self._effective = dict(effective)
        self.asynchronous = target.is_cuda
        """Whether `run` may return before the pass has ended."""
        kind, _, index = target.device.partition(":")
        new = partial(_allocate, runtime, (kind, int(index or 0)), batch_size)
        self._inputs: dict[str, Any] = {node.name: new(node) for node in session.get_inputs()}
        self._outputs: dict[str, Any] = {node.name: new(node) for node in session.get_outputs()}
        self._staged: Arrays = ()
        binding = session.io_binding()
        for name, value in self._inputs.items():
            binding.bind_ortvalue_input(name, value)
        for name, value in self._outputs.items():
            binding.bind_ortvalue_output(name, value)
        self._run: Callable[[], None] = partial(session.run_with_iobinding, binding)
        self.run = _refuse_to_run
        self.synchronize = binding.synchronize_outputs if self.asynchronous else _nothing

    def bind(self, inputs: Arrays) -> None:
        """Copy these inputs to the session's device.

        Raises:
            PreparationError: they are not of the number and shapes that the file takes.
        """
        found = [array.shape for array in inputs]
        expected = [tuple(value.shape()) for value in self._inputs.values()]
        if found != expected:
            detail = f"inputs of shapes {found}, the session takes {expected}"
            raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
        values = self._inputs.values()
        self._staged = tuple(
            np.ascontiguousarray(array, dtype=DTYPES[value.data_type()])
            for array, value in zip(inputs, values, strict=True)
        )
        self._upload()
        self.run = self._run

    def run_with_transfers(self) -> None:
        """Copy the inputs to the device, run, and copy the outputs back, to the end."""
        self._upload()
        self.run()
        self.outputs()

    def outputs(self) -> Arrays:
        """Return copies of the last pass's outputs, on the host."""
        self.synchronize()
        return tuple(np.array(value.numpy()) for value in self._outputs.values())

    def effective(self) -> Mapping[str, str]:
        """Return the settings in effect, as the session gives them."""
        return self._effective

    def device_time_ns(self) -> int | None:
        """Return None: the session's stream is its own."""
        return None

    def close(self) -> None:
        """Let go of the session and of its memory."""
        self.synchronize()
        self.run = self._run = _refuse_to_run
        self.synchronize = _nothing
        self._inputs, self._outputs, self._staged = {}, {}, ()

    def _upload(self) -> None:
        for value, array in zip(self._inputs.values(), self._staged, strict=True):
            value.update_inplace(array)


def _allocate(runtime: Any, device: tuple[str, int], batch_size: int, node: Any) -> Any:  # noqa: ANN401
    """Make a value of a tensor's type and shape, in the device's memory."""
    kind, index = device
    shape = list(node.shape)
    if shape and not isinstance(shape[0], int):
        shape[0] = batch_size
    if node.type not in DTYPES or not all(isinstance(size, int) for size in shape):
        detail = f"{node.name!r} is a {node.type} of shape {node.shape}: only the batch may vary"
        raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
    return runtime.OrtValue.ortvalue_from_shape_and_type(shape, DTYPES[node.type], kind, index)


def _nothing() -> None:
    """Do nothing: a pass has ended when `run` returns."""


def _refuse_to_run() -> None:
    raise PreparationError(ReasonCode.PREPARATION_FAILED, "no inputs are bound, or it is closed")
