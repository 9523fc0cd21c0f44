"""TensorRT and TensorRT for RTX, which have one interface: engines from ONNX files, on GPUs."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from typing import Any, Final, cast

from harness.backends.cuda_device import CudaDevice, CudaDriver, Gpu, gpu_of, open_device
from harness.backends.cuda_driver import LIBRARY, Opener, missing_device
from harness.backends.settings import chosen, refuse_options
from harness.backends.tensorrt_api import Context, RtxEngine, TensorRT, version_of
from harness.backends.tensorrt_api import Engine as LoadedEngine
from harness.backends.tensorrt_engine import Engine, Maker, ordered_engine
from harness.backends.tensorrt_flavour import (
    CUDA_GRAPH,
    FOR_RTX,
    TENSORRT,
    Flavour,
    load_bindings,
)
from harness.backends.tensorrt_make import make_apart
from harness.backends.tensorrt_network import Log
from harness.backends.tensorrt_order import Order
from harness.backends.tensorrt_prepared import TensorRTPrepared
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact

Bindings = Callable[[Flavour], TensorRT]
MissingDevice = Callable[[str], Reason | None]

_FIRST_WITH_BFLOAT16: Final = 80
"""Compute capability 8.0. Source: NVIDIA, CUDA C++ Programming Guide, 'Compute Capabilities'."""
_DIGITS: Final = 16


class TensorRTBackend:
    """NVIDIA's compiler of networks; it starts from an ONNX file."""

    flavour: Flavour = TENSORRT

    def __init__(
        self,
        bindings: Bindings = load_bindings,
        missing: MissingDevice = missing_device,
        open_library: Opener = ctypes.CDLL,
        maker: Maker = make_apart,
    ) -> None:
        self._load_bindings = bindings
        self._missing_device = missing
        self._open_library = open_library
        self._maker = maker

    def availability(self, target: Target) -> Reason | None:
        """Say why `target` cannot be served; None where it can."""
        try:
            trt = self._load_bindings(self.flavour)
        except Unavailable as error:
            return error.reason
        if not target.is_cuda:
            detail = f"TensorRT serves NVIDIA GPUs alone, and the target is {target.device}"
            return Reason(code=ReasonCode.NO_CUDA_DEVICE, detail=detail, hint="--device cuda")
        return (
            refuse_options(target, self.flavour.options)
            or self._missing_device(target.device)
            or self._unserved(trt, target)
        )

    def preload(self) -> None:
        """Import the bindings.

        Raises:
            Unavailable: none are installed, or their library does not load.
        """
        self._load_bindings(self.flavour)

    def build(self, artifact: Artifact, target: Target, batch_size: int) -> int:
        """Have the engine built where there is none; return how long that took, in ns.

        Raises:
            Unavailable: the package, device, precision or option is missing.
            PreparationError: the library refuses the network or a setting.
        """
        trt = self._required(artifact, target)
        gpu = gpu_of(CudaDriver(self._open_library(LIBRARY)), target.device)
        order = self._order(trt, artifact, target, batch_size, gpu)
        return ordered_engine(artifact, order, target.device, self._maker).build_ns

    @contextmanager
    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> Iterator[TensorRTPrepared]:
        """Load the engine for this network and GPU, having it built where there is none.

        Raises:
            Unavailable: the package, device, precision or option is missing.
            PreparationError: the library refuses the network, the engine or a setting.
        """
        trt = self._required(artifact, target)
        with open_device(target.device, self._open_library) as device:
            order = self._order(trt, artifact, target, batch_size, device.gpu)
            engine = ordered_engine(artifact, order, target.device, self._maker)
            prepared = self._prepared(trt, engine, device, batch_size)
            try:
                if target.option(CUDA_GRAPH.name) == "1":
                    prepared.record_graph()
                prepared.says(self._settings(trt, target, engine))
                yield prepared
            finally:
                prepared.close()

    def _required(self, artifact: Artifact, target: Target) -> TensorRT:
        """Return the bindings, where they can serve this file and target."""
        reason = self.availability(target)
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        if artifact.precision != target.precision:
            detail = f"the file is in {artifact.precision}, the target asks {target.precision}"
            raise PreparationError(ReasonCode.ARTIFACT_FAILED, detail)
        return self._load_bindings(self.flavour)

    def _unserved(self, trt: Any, target: Target) -> Reason | None:  # noqa: ANN401 - RTX adds names
        """Say what this GPU lacks; None where it serves."""
        gpu = gpu_of(CudaDriver(self._open_library(LIBRARY)), target.device)
        if self.flavour.ahead_of_time and not hasattr(trt.ComputeCapability, f"SM{gpu.sm}"):
            detail = f"{self.flavour.name} {version_of(trt)} builds nothing for SM {gpu.sm}"
            hint = "the backend tensorrt serves GPUs of data centres"
            return Reason(
                code=ReasonCode.PLATFORM_UNSUPPORTED, detail=f"{detail} ({gpu.name})", hint=hint
            )
        if target.precision is Precision.BF16 and gpu.sm < _FIRST_WITH_BFLOAT16:
            detail = f"{gpu.name} (SM {gpu.sm}) has no bfloat16; SM 80 and later have"
            return Reason(code=ReasonCode.PRECISION_UNSUPPORTED, detail=detail)
        return None

    def _order(
        self, trt: TensorRT, artifact: Artifact, target: Target, batch_size: int, gpu: Gpu
    ) -> Order:
        """Name the engine: all that it depends on."""
        options = chosen(target, self.flavour.options)
        del options[CUDA_GRAPH.name]  # of the pass, not of the engine
        return Order(
            flavour=self.flavour.name,
            version=version_of(trt),
            artifact_digest=artifact.digest,
            precision=artifact.precision,
            sm=gpu.sm,
            gpu="" if self.flavour.ahead_of_time else gpu.name,
            batch_size=batch_size,
            options=tuple(sorted(options.items())),
        )

    def _prepared(
        self, trt: TensorRT, engine: Engine, device: CudaDevice, batch_size: int
    ) -> TensorRTPrepared:
        log = Log(trt)
        runtime = trt.Runtime(log.logger)
        with engine.path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as stored:
            loaded = runtime.deserialize_cuda_engine(stored)
        if loaded is None:
            detail = f"{engine.path} does not load: {log.last()}"
            raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
        context = self._context(trt, loaded)
        if context is None:
            detail = f"no context for {engine.path}: {log.last()}"
            raise PreparationError(ReasonCode.OUT_OF_MEMORY, detail)
        prepared = TensorRTPrepared(
            (runtime, log, loaded), context, device, (engine.inputs, engine.outputs), batch_size
        )
        prepared.says(
            {
                "engine_layers": str(loaded.num_layers),
                "scratch_bytes": str(loaded.device_memory_size_v2),
            }
        )
        return prepared

    def _context(self, trt: Any, engine: LoadedEngine) -> Context | None:  # noqa: ANN401 - RTX adds names
        """Make memory to run in; kernels for a shape are made at once, never beside the clock."""
        if not self.flavour.ahead_of_time:
            return engine.create_execution_context()
        for_rtx = cast("RtxEngine", engine)
        config = for_rtx.create_runtime_config()
        eager = trt.DynamicShapesKernelSpecializationStrategy.EAGER
        config.dynamic_shapes_kernel_specialization_strategy = eager
        return for_rtx.create_execution_context(config)

    def _settings(self, trt: TensorRT, target: Target, engine: Engine) -> dict[str, str]:
        """Return what was read back while the engine was built, and what it is."""
        return {
            **engine.settings,
            "library": f"{self.flavour.name} {version_of(trt)}",
            "precision": str(target.precision),
            CUDA_GRAPH.name: target.option(CUDA_GRAPH.name, CUDA_GRAPH.values[0]),
            "stream": "its own",
            "network_layers": str(engine.layers),
            "network_weights": str(engine.weights),
            "engine_bytes": str(engine.bytes),
            "engine_digest": engine.sha256[:_DIGITS],
        }


class TensorRTForRtxBackend(TensorRTBackend):
    """The product for GPUs of workstations: kernels are made when an engine is loaded."""

    flavour = FOR_RTX
