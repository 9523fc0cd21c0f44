"""TensorRT: whether it is here, and, while this version builds no engines, that it does not.

The same code serves `tensorrt` and `tensorrt_rtx`, which have the same interface.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Final

from harness.backends.base import PreparedModel
from harness.backends.cuda_driver import missing_device
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact

_PACKAGES: Final = ("tensorrt", "tensorrt_rtx")

MissingDevice = Callable[[str], Reason | None]


class TensorRTBackend:
    """NVIDIA's compiler of networks; it starts from an ONNX file."""

    def __init__(
        self,
        importer: Callable[[str], Any] = import_module,
        missing: MissingDevice = missing_device,
    ) -> None:
        self._import = importer
        self._missing_device = missing

    def availability(self, target: Target) -> Reason:
        """Say what is missing here; where nothing is, that this version builds no engines."""
        try:
            package = self._package()
        except Unavailable as error:
            return error.reason
        if not target.is_cuda:
            detail = f"TensorRT serves NVIDIA GPUs alone, and the target is {target.device}"
            return Reason(code=ReasonCode.NO_CUDA_DEVICE, detail=detail, hint="--device cuda")
        return self._missing_device(target.device) or Reason(
            code=ReasonCode.PLATFORM_UNSUPPORTED,
            detail=f"{package} is here, but this version of the harness builds no engines",
            hint="the backend onnxruntime-trt reaches TensorRT through ONNX Runtime",
        )

    def preload(self) -> None:
        """Import the bindings.

        Raises:
            Unavailable: none are installed, or their library does not load.
        """
        self._package()

    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> AbstractContextManager[PreparedModel]:
        """Refuse: there is no engine to run.

        Raises:
            Unavailable: always, with what `availability` says.
        """
        del artifact, batch_size
        reason = self.availability(target)
        raise Unavailable(reason.code, reason.detail, reason.hint)

    def _package(self) -> str:
        """Import the first of the two packages that is there, and return its name."""
        found = ""
        for name in _PACKAGES:
            try:
                self._import(name)
            except ModuleNotFoundError:
                continue
            except (ImportError, OSError) as error:
                found = f"the library of the package {name!r} does not load: {error}"
                continue
            return name
        raise Unavailable(
            ReasonCode.BACKEND_NOT_INSTALLED,
            found or f"neither package {' nor '.join(map(repr, _PACKAGES))} is installed",
            "python -m pip install tensorrt, from NVIDIA's index, on a machine with a GPU",
        )
