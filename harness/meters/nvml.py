"""The file that wraps NVML: opened and left in pairs, its errors turned into our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

Nvml = Any
"""The module `pynvml`, or what stands for it."""
Importer = Callable[[str], Any]

_NO_LIBRARY: Final = "install the NVIDIA driver, or start the container with --gpus all"
_NO_COUNTER: Final = "needs Volta or later; a virtual GPU, Jetson or part of a GPU has no counter"
_NO_RIGHT: Final = (
    "reading needs no privilege on a plain GPU; in a container give it the device (--gpus all), "
    "else ask who runs the host to let this user read"
)
_NO_PACKAGE: Final = "python -m pip install nvidia-ml-py"
_MISMATCH: Final = (
    "library and kernel module of the driver differ in version: load the new module or restart; "
    "a container needs the library of its host's driver"
)
_RESET: Final = "the GPU was reset or is lost; see the kernel's log, then measure again"
_PATIENCE_S: Final = 20.0
"""Eight boards whose driver keeps nothing loaded between users take seconds to wake up."""
_TIMEOUT: Final = "the driver did not answer; see the kernel's log for the GPU"

_BY_STATUS: Final = {
    1: (ReasonCode.COUNTER_RESET, _RESET),
    3: (ReasonCode.NVML_NOT_SUPPORTED, _NO_COUNTER),
    4: (ReasonCode.NVML_NO_PERMISSION, _NO_RIGHT),
    6: (ReasonCode.NO_CUDA_DEVICE, "the driver knows no GPU of that identity"),
    9: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_LIBRARY),
    10: (ReasonCode.NVML_TIMEOUT, _TIMEOUT),
    12: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_LIBRARY),
    13: (ReasonCode.NVML_NOT_SUPPORTED, "install a newer NVIDIA driver"),
    15: (ReasonCode.COUNTER_RESET, _RESET),
    16: (ReasonCode.COUNTER_RESET, _RESET),
    17: (ReasonCode.NVML_NO_PERMISSION, _NO_RIGHT),
    18: (ReasonCode.NVML_DRIVER_MISMATCH, _MISMATCH),
}
"""NVML's status to code and hint. Source: NVIDIA, nvml.h, `nvmlReturn_t`."""


@contextmanager
def opened(module: Nvml | None = None, importer: Importer = import_module) -> Iterator[Nvml]:
    """Give the bindings, with NVML in use until the context ends.

    Args:
        module: Stands for `pynvml`, which is imported where nothing is given.
        importer: Imports it by name.

    Raises:
        Unavailable: bindings, library or driver are missing, or do not fit each other.
    """
    try:
        nvml = importer("pynvml") if module is None else module
    except ImportError as error:
        code = ReasonCode.NVML_LIBRARY_NOT_FOUND
        raise Unavailable(code, str(error), _NO_PACKAGE) from error
    with translating(nvml):
        nvml.nvmlInit()
    try:
        yield nvml
    finally:
        with suppress(nvml.NVMLError):  # a driver that is gone needs not be left
            nvml.nvmlShutdown()


@contextmanager
def translating(nvml: Nvml) -> Iterator[None]:
    """Turn NVML's errors into ours.

    Raises:
        Unavailable: NVML gave a status that is not success.
    """
    try:
        yield
    except nvml.NVMLError as error:
        code, hint = _BY_STATUS.get(getattr(error, "value", 0), (ReasonCode.NVML_NOT_SUPPORTED, ""))
        raise Unavailable(code, f"NVML: {error}", hint) from error


def handles(nvml: Nvml) -> tuple[Any, ...]:
    """Return every GPU that the driver lists.

    Raises:
        Unavailable: it lists none, or refuses.
    """
    with translating(nvml):
        count = int(nvml.nvmlDeviceGetCount())
        if count == 0:
            detail = "the driver lists no device"
            raise Unavailable(ReasonCode.NO_CUDA_DEVICE, detail, _NO_LIBRARY)
        return tuple(nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count))


@dataclass(frozen=True, slots=True)
class NvmlMeter:
    """Energy of all GPUs together."""

    module: Nvml | None = None
    importer: Importer = import_module
    unit: str = "mJ"
    patience_s: float = _PATIENCE_S

    def availability(self) -> Reason | None:
        """Say why the energy of a GPU cannot be read; None where that of all can."""
        return self._patiently(self._why_not)

    def some_reason(self) -> Reason | None:
        """Say why the energy of no GPU can be read; None where that of one can."""
        return self._patiently(self._why_none)

    def _patiently(self, ask: Callable[[], Reason | None]) -> Reason | None:
        """Ask in a thread of its own: a driver that hangs is left to hang there."""
        answers: SimpleQueue[Reason | None] = SimpleQueue()
        Thread(target=lambda: answers.put(ask()), daemon=True).start()
        try:
            return answers.get(timeout=self.patience_s)
        except Empty:
            detail = f"NVML gave no answer in {self.patience_s:g} s"
            return Reason(code=ReasonCode.NVML_TIMEOUT, detail=detail, hint=_TIMEOUT)

    def _why_none(self) -> Reason | None:
        from harness.meters.nvml_board import Board

        reasons: list[Reason] = []
        try:
            with opened(self.module, self.importer) as nvml:
                for handle in handles(nvml):
                    try:
                        Board.of(nvml, handle).counters()
                    except Unavailable as error:
                        reasons.append(error.reason)
                    else:
                        return None
        except Unavailable as error:
            return error.reason
        return reasons[0]

    def _why_not(self) -> Reason | None:
        try:
            self.read()
        except Unavailable as error:
            return error.reason
        return None

    def read(self) -> int:
        """Return the sum of the GPUs' energies, in mJ, of what first answers on each.

        Raises:
            Unavailable: there is no GPU, or one has neither a counter nor a power to be read.
        """
        from harness.meters.nvml_board import Board

        with opened(self.module, self.importer) as nvml:
            boards = [Board.of(nvml, handle) for handle in handles(nvml)]
            return sum(board.counters()[0].read() for board in boards)
