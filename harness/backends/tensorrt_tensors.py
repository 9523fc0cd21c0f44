"""A tensor of an engine: its memory on the device, and pinned memory of the host beside it."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.backends.cuda_device import CudaDevice
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

_BFLOAT: Final = "BF16"
STORED: Final[Mapping[str, np.dtype[Any]]] = {
    "FLOAT": np.dtype(np.float32),
    "HALF": np.dtype(np.float16),
    _BFLOAT: np.dtype(np.uint16),  # numpy has no bfloat16
    "INT64": np.dtype(np.int64),
    "INT32": np.dtype(np.int32),
    "INT8": np.dtype(np.int8),
    "UINT8": np.dtype(np.uint8),
    "BOOL": np.dtype(np.bool_),
}
"""By TensorRT's name of a number format: how numpy holds it."""
_QUIET_NAN: Final = 0x7FC0


@dataclass(frozen=True, slots=True)
class TensorMemory:
    """Where a tensor lies; `host` is a view of the pinned memory, (batch, ...)."""

    name: str
    format: str
    """TensorRT's name of its number format."""
    address: int
    host: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """(batch, ...)."""
        return self.host.shape

    def stage(self, array: NDArray[Any]) -> None:
        """Write an array to the pinned memory, in the tensor's number format."""
        values = to_bfloat16(array) if self.format == _BFLOAT else array
        np.copyto(self.host, values, casting="unsafe")

    def taken(self) -> NDArray[Any]:
        """Return a copy of what lies in the pinned memory; bfloat16 becomes float32."""
        return from_bfloat16(self.host) if self.format == _BFLOAT else self.host.copy()


def allocate(
    device: CudaDevice, name: str, number_format: str, shape: tuple[int, ...]
) -> TensorMemory:
    """Take memory for a tensor on the device and, pinned, on the host; zeros on the device.

    Raises:
        PreparationError: the number format is unknown here, or there is too little memory.
    """
    dtype = STORED.get(number_format)
    if dtype is None:
        detail = f"{name!r} is in {number_format}; served are {', '.join(STORED)}"
        raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    pinned = (ctypes.c_ubyte * size).from_address(device.allocate_host(size))
    host = np.frombuffer(memoryview(pinned), dtype).reshape(shape)
    return TensorMemory(name, number_format, device.allocate(size), host)


def to_bfloat16(array: NDArray[Any]) -> NDArray[np.uint16]:
    """Round to the nearest bfloat16, ties to even; return the sixteen bits of each.

    Source: IEEE 754-2019, section 4.3.1; bfloat16 is the upper half of binary32.
    """
    bits = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
    tie = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = ((bits + (np.uint32(0x7FFF) + tie)) >> np.uint32(16)).astype(np.uint16)
    return np.where(np.isnan(array), np.uint16(_QUIET_NAN), rounded)


def from_bfloat16(bits: NDArray[Any]) -> NDArray[np.float32]:
    """Return the numbers whose upper halves these are; every bfloat16 is one exactly."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
