"""What eager PyTorch and TorchScript have in common: availability, settings, and their errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from harness.backends.cuda_driver import missing_device
from harness.backends.settings import Option, denormals, refuse_options, require_applied
from harness.backends.torch_prepared import Network, TorchPrepared
from harness.core.case import Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact

if TYPE_CHECKING:
    import torch

TF32: Final = Option("tf32", ("0", "1"))
"""Products of fp32 matrices in TensorFloat-32, which CUDA devices alone have."""

_MEMORY_MARKS: Final = ("can't allocate memory", "out of memory")
_GRAIN: Final = 32768
"""Elements of an elementwise operation that one thread takes before torch uses another.

Source: PyTorch, ATen/TensorIterator.h, `at::internal::GRAIN_SIZE`.
"""
_SMALL: Final = 1e-20
"""Its square is subnormal in single precision."""


class TorchBackend(ABC):
    """What prepares a network of torch, whichever way it is executed."""

    own_options: ClassVar[tuple[Option, ...]] = ()

    @abstractmethod
    def load(self, artifact: Artifact, target: Target) -> Network:
        """Load the network in the target's precision, on its device."""
        ...

    @abstractmethod
    def own_settings(self, target: Target) -> Mapping[str, str]:
        """Return what is in effect here and in no other way of execution."""
        ...

    def availability(self, target: Target) -> Reason | None:
        """Say why `target` cannot be served; None where it can."""
        try:
            self.preload()
        except Unavailable as error:
            return error.reason
        options = (*self.own_options, TF32) if target.is_cuda else self.own_options
        refused = refuse_options(target, options)
        return refused or (_missing_cuda(target) if target.is_cuda else None)

    def preload(self) -> None:
        """Import torch, which starts no thread while OMP_NUM_THREADS is 1.

        Raises:
            Unavailable: torch is not installed, or does not load.
        """
        try:
            import torch  # noqa: F401 - so that a forked worker has it
        except (ImportError, OSError) as error:
            raise Unavailable(
                ReasonCode.BACKEND_NOT_INSTALLED,
                f"the package 'torch' does not import: {error}",
                "python -m pip install torch",
            ) from error

    @contextmanager
    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> Iterator[TorchPrepared]:
        """Load the network and set torch; inference mode and stream last as long as the context.

        Raises:
            Unavailable: torch, the device or an option is missing.
            PreparationError: the artifact does not load, or a setting is not in effect.
        """
        del batch_size  # the tensors that are bound have it
        reason = self.availability(target)
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        effective = {**_apply(target), **_apply_to_cuda(target), **self.own_settings(target)}
        with translated(artifact):
            network = self.load(artifact, target)
        with _inference(target):
            prepared = TorchPrepared(network, target, effective)
            del network
            try:
                yield prepared
            finally:
                prepared.close()


@contextmanager
def translated(artifact: Artifact) -> Iterator[None]:
    """Turn what torch raises while it loads an artifact into a preparation error."""
    try:
        yield
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        memory = isinstance(error, MemoryError) or any(m in str(error) for m in _MEMORY_MARKS)
        code = ReasonCode.OUT_OF_MEMORY if memory else ReasonCode.PREPARATION_FAILED
        raise PreparationError(code, f"{artifact.path}: {error}") from error


def _apply(target: Target) -> dict[str, str]:
    """Set what holds on every device, read it back, and prove what has no getter."""
    import torch

    torch.set_num_threads(target.threads)
    torch.set_float32_matmul_precision("highest")
    found = {
        "threads": str(torch.get_num_threads()),
        "interop_threads": str(torch.get_num_interop_threads()),
        "denormals": _denormals_in_pool(target.threads),
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "onednn": str(torch.backends.mkldnn.enabled).lower(),
        "precision": str(target.precision),
    }
    asked = {"threads": str(target.threads), "denormals": "kept"}
    require_applied({**asked, "float32_matmul_precision": "highest"}, found)
    return found


def _denormals_in_pool(threads: int) -> str:
    """Multiply small numbers on every thread of torch's pool, and on this one."""
    import torch

    small = torch.full((_GRAIN * threads,), _SMALL)
    kept = int(torch.count_nonzero(small.mul_(small))) == small.numel()
    return denormals() if kept else "flushed"


def _apply_to_cuda(target: Target) -> dict[str, str]:
    if not target.is_cuda:
        return {}
    import torch  # pragma: no cover - needs an NVIDIA GPU

    on = target.option(TF32.name, TF32.values[0]) == "1"  # pragma: no cover - as above
    torch.backends.cuda.matmul.allow_tf32 = on  # pragma: no cover - as above
    torch.backends.cudnn.allow_tf32 = on  # pragma: no cover - as above
    found = {  # pragma: no cover - as above
        "tf32": str(int(torch.backends.cuda.matmul.allow_tf32)),
        "cudnn_tf32": str(int(torch.backends.cudnn.allow_tf32)),
        "cudnn_benchmark": str(int(torch.backends.cudnn.benchmark)),
    }
    require_applied(  # pragma: no cover - as above
        {"tf32": str(int(on)), "cudnn_tf32": str(int(on))}, found
    )
    return found  # pragma: no cover - as above


@contextmanager
def _inference(target: Target) -> Iterator[None]:
    import torch

    with torch.inference_mode():
        if not target.is_cuda:
            yield
            return
        with torch.cuda.stream(_side_stream(target)):  # pragma: no cover - needs an NVIDIA GPU
            yield


def _side_stream(target: Target) -> torch.cuda.Stream:  # pragma: no cover - needs an NVIDIA GPU
    import torch

    make: Callable[..., torch.cuda.Stream] = torch.cuda.Stream
    return make(target.device)


def _missing_cuda(target: Target) -> Reason | None:
    import torch

    if torch.version.cuda is None:
        return Reason(
            code=ReasonCode.PROVIDER_UNAVAILABLE,
            detail=f"torch {torch.__version__} was built without CUDA",
            hint="install a build of torch for CUDA",
        )
    return missing_device(target.device)  # pragma: no cover - needs a CUDA build of torch
