"""A network of torch that is ready to run, eager or scripted, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.backends.base import Arrays
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.own.outputs import flat

if TYPE_CHECKING:
    import torch

Network = Callable[..., Any]
"""Takes the tensors of the signature; gives one, or tuples, lists and mappings of them."""

_DTYPES: Final = {Precision.FP32: "float32", Precision.FP16: "float16", Precision.BF16: "bfloat16"}
_NS_PER_MS: Final = 1e6


class TorchPrepared:
    """Tensors and network closed over, so that `run` is one call and one assignment."""

    run: Callable[[], None]
    synchronize: Callable[[], None]

    def __init__(self, network: Network, target: Target, effective: Mapping[str, str]) -> None:
        self._network: Network | None = network
        self._device = target.device
        self._dtype = dtype_of(target.precision)
        self._effective = dict(effective)
        self._stream = _current_stream(target)
        self._tensors: tuple[torch.Tensor, ...] = ()
        self._staged: tuple[torch.Tensor, ...] = ()
        self._result: list[Any] = [None]
        self.run = _refuse_to_run
        self.synchronize = _nothing if self._stream is None else self._stream.synchronize

    @property
    def asynchronous(self) -> bool:
        """Whether `run` may return before the pass has ended."""
        return self._stream is not None

    def bind(self, inputs: Arrays) -> None:
        """Copy these inputs to the device; floating ones become the target's precision."""
        import torch

        values = tuple(torch.tensor(array) for array in inputs)
        values = tuple(v.to(self._dtype) if v.is_floating_point() else v for v in values)
        self._staged = ()
        if [v.shape for v in values] == [t.shape for t in self._tensors]:
            for tensor, value in zip(self._tensors, values, strict=True):
                tensor.copy_(value)
            return
        self._tensors = tuple(value.to(self._device) for value in values)
        if self._network is not None:
            self.run = _closure(self._network, self._tensors, self._result)

    def run_with_transfers(self) -> None:
        """Copy the inputs to the device, run, and copy the outputs back, to the end."""
        if not self._staged:
            self._staged = tuple(self._stage(tensor) for tensor in self._tensors)
        for tensor, staged in zip(self._tensors, self._staged, strict=True):
            tensor.copy_(staged, non_blocking=True)
        self.run()
        for tensor in flat(self._result[0]):
            tensor.to("cpu", copy=True)
        self.synchronize()

    def outputs(self) -> Arrays:
        """Return copies of the last pass's outputs; bfloat16, which numpy lacks, as float32."""
        self.synchronize()
        return tuple(_to_numpy(tensor) for tensor in flat(self._result[0]))

    def effective(self) -> Mapping[str, str]:
        """Return the settings in effect, as torch gives them."""
        return self._effective

    def device_time_ns(self) -> int | None:
        """Run once between two events of the stream; None where there is no stream."""
        return None if self._stream is None else _time_by_events(self.run, self._stream)

    def allocator_peak(self) -> tuple[int, int] | None:
        """Return the most that torch gave out and held of the GPU since it was imported, in bytes.

        None on the CPU, whose memory has no such allocator.
        """
        if self._stream is None:
            return None
        import torch  # pragma: no cover - needs an NVIDIA GPU

        cuda = torch.cuda  # pragma: no cover - as above
        return (  # pragma: no cover - as above
            cuda.max_memory_allocated(self._device),
            cuda.max_memory_reserved(self._device),
        )

    def close(self) -> None:
        """Let go of the network and its tensors."""
        self.synchronize()
        self.run = _refuse_to_run
        self._network = None
        self._tensors = self._staged = ()
        self._result[0] = None
        if self._stream is not None:  # pragma: no cover - needs an NVIDIA GPU
            import torch

            torch.cuda.empty_cache()

    def _stage(self, tensor: torch.Tensor) -> torch.Tensor:
        staged = tensor.to("cpu", copy=True)
        return staged if self._stream is None else staged.pin_memory()


def dtype_of(precision: Precision) -> torch.dtype:
    """Return torch's own name of a precision."""
    import torch

    dtype: torch.dtype = getattr(torch, _DTYPES[precision])
    return dtype


def _closure(
    network: Network, tensors: tuple[torch.Tensor, ...], result: list[Any]
) -> Callable[[], None]:
    if len(tensors) == 1:
        (only,) = tensors

        def run_one() -> None:
            result[0] = network(only)

        return run_one

    def run_all() -> None:
        result[0] = network(*tensors)

    return run_all


def _nothing() -> None:
    """Do nothing: a pass on the CPU has ended when it returns."""


def _refuse_to_run() -> None:
    raise PreparationError(ReasonCode.PREPARATION_FAILED, "no inputs are bound, or it is closed")


def _to_numpy(tensor: torch.Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    import torch

    host = tensor.detach().to("cpu", copy=True)
    return np.asarray((host.float() if host.dtype == torch.bfloat16 else host).numpy())


def _current_stream(target: Target) -> torch.cuda.Stream | None:
    import torch

    return torch.cuda.current_stream(target.device) if target.is_cuda else None


def _time_by_events(  # pragma: no cover - needs an NVIDIA GPU
    run: Callable[[], None], stream: torch.cuda.Stream
) -> int:
    import torch

    make: Callable[..., torch.cuda.Event] = torch.cuda.Event
    start, end = make(enable_timing=True), make(enable_timing=True)
    start.record(stream)
    run()
    end.record(stream)
    end.synchronize()
    elapsed_ms: float = start.elapsed_time(end)
    return round(elapsed_ms * _NS_PER_MS)
