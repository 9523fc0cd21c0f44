"""The file that wraps onnxruntime: its CPU, CUDA and TensorRT execution providers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from harness.backends.cuda_driver import missing_device
from harness.backends.onnx_graph import Assigned, placement
from harness.backends.onnxruntime_placement import assignment, profiled
from harness.backends.onnxruntime_prepared import OnnxRuntimePrepared
from harness.backends.settings import (
    Option,
    chosen,
    denormals,
    refuse_options,
    require_applied,
    thread_count,
    unverified,
)
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact

Importer = Callable[[str], Any]
MissingDevice = Callable[[str], Reason | None]

OPTIONS: Final = (
    Option("allow_spinning", ("1", "0")),
    Option("cpu_mem_arena", ("1", "0")),
    Option("graph_optimization", ("all", "extended", "basic", "disable_all")),
    Option("prepacking", ("1", "0")),
)
TF32: Final = Option("tf32", ("0", "1"))

_SPINNING: Final = "session.intra_op.allow_spinning"
_DENORMALS: Final = "session.set_denormal_as_zero"
_NO_PREPACKING: Final = "session.disable_prepacking"
_RECORD_ASSIGNMENT: Final = "session.record_ep_graph_assignment_info"
_ERRORS_ONLY: Final = 3
"""Severity from which the library's logger writes, to stderr."""
_CPU_PROVIDER: Final = "CPUExecutionProvider"


class OnnxRuntimeBackend:
    """ONNX Runtime with the CPU or the CUDA provider; it starts from an ONNX file."""

    def __init__(
        self,
        cpu_provider: str = _CPU_PROVIDER,
        cuda_provider: str = "CUDAExecutionProvider",
        importer: Importer = import_module,
        missing: MissingDevice = missing_device,
    ) -> None:
        self._missing_device = missing
        self._cpu_provider = cpu_provider
        self._cuda_provider = cuda_provider
        self._import = importer

    def availability(self, target: Target) -> Reason | None:
        """Say why `target` cannot be served; None where it can."""
        try:
            runtime = self._runtime()
        except Unavailable as error:
            return error.reason
        options = (*OPTIONS, TF32) if target.is_cuda else OPTIONS
        return (
            self._missing_provider(runtime, target)
            or _refuse_precision(target)
            or refuse_options(target, options)
            or (self._missing_device(target.device) if target.is_cuda else None)
        )

    def preload(self) -> None:
        """Import onnxruntime, which starts one thread of its own.

        Raises:
            Unavailable: onnxruntime is not installed, or does not load.
        """
        self._runtime()

    @contextmanager
    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> Iterator[OnnxRuntimePrepared]:
        """Make a session, and prove that it is the one that was asked for.

        Raises:
            Unavailable: the package, provider, device, precision or option is missing.
            PreparationError: the file does not load, a setting is not in effect, or operators
                sit on another provider.
        """
        reason = self.availability(target)
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        if artifact.precision != target.precision:
            detail = f"the file is in {artifact.precision}, the target asks {target.precision}"
            raise PreparationError(ReasonCode.ARTIFACT_FAILED, detail)
        runtime = self._runtime()
        runtime.set_default_logger_severity(_ERRORS_ONLY)
        threads_before = thread_count()
        options = _session_options(runtime, target)
        session = self._session(runtime, artifact, target, options)
        threads_after = thread_count()
        effective = {
            **self._settings(session, target),
            **_pool(target, threads_before, threads_after),
            **self._placed(session, artifact, target),
        }
        prepared = OnnxRuntimePrepared(runtime, session, target, batch_size, effective)
        del session
        try:
            yield prepared
        finally:
            prepared.close()

    def provider(self, target: Target) -> str:
        """Name the provider that this target asks for."""
        return self._cuda_provider if target.is_cuda else self._cpu_provider

    def provider_options(self, target: Target) -> dict[str, str]:
        """Return what is set of the provider; ONNX Runtime's defaults hold for the rest."""
        if not target.is_cuda:
            return {}
        index = target.device.partition(":")[2] or "0"
        return {"device_id": index, "use_tf32": chosen(target, (TF32,))[TF32.name]}

    def _runtime(self) -> Any:  # noqa: ANN401 - a module without type information
        try:
            return self._import("onnxruntime")
        except (ImportError, OSError) as error:
            raise Unavailable(
                ReasonCode.BACKEND_NOT_INSTALLED,
                f"the package 'onnxruntime' does not import: {error}",
                "python -m pip install onnxruntime, or onnxruntime-gpu; never both",
            ) from error

    def _missing_provider(self, runtime: Any, target: Target) -> Reason | None:  # noqa: ANN401
        provider = self.provider(target)
        available = runtime.get_available_providers()
        if provider in available:
            return None
        return Reason(
            code=ReasonCode.PROVIDER_UNAVAILABLE,
            detail=f"this onnxruntime has no {provider}; it has {', '.join(available)}",
            hint="python -m pip install onnxruntime-gpu in place of onnxruntime",
        )

    def _session(self, runtime: Any, artifact: Artifact, target: Target, options: Any) -> Any:  # noqa: ANN401
        provider = self.provider(target)
        with _translated(runtime, artifact):
            session = runtime.InferenceSession(
                str(artifact.path),
                options,
                providers=[(provider, self.provider_options(target))],
                enable_fallback=0,  # else it prints to stdout and goes on without the provider
            )
        given = session.get_providers()
        if given[0] != provider:
            detail = f"asked for {provider}, the session came back with {', '.join(given)}"
            raise Unavailable(ReasonCode.PROVIDER_UNAVAILABLE, detail)
        return session

    def _profiled(self, artifact: Artifact, target: Target) -> tuple[Assigned, ...]:
        """Find out with a session more, which runs once and is thrown away."""
        runtime = self._runtime()
        options = _session_options(runtime, target)
        with tempfile.TemporaryDirectory() as folder:
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "profile")
            return profiled(self._session(runtime, artifact, target, options))

    def _settings(self, session: Any, target: Target) -> dict[str, str]:  # noqa: ANN401
        """Read back what the session has, and check it against what was asked for."""
        options = session.get_session_options()
        level = str(options.graph_optimization_level.name)
        found = {
            "allow_spinning": options.get_session_config_entry(_SPINNING),
            "cpu_mem_arena": str(int(options.enable_cpu_mem_arena)),
            "graph_optimization": level.removeprefix("ORT_").removeprefix("ENABLE_").lower(),
            "prepacking": str(1 - int(options.get_session_config_entry(_NO_PREPACKING))),
            "intra_op_threads": str(options.intra_op_num_threads),
            "inter_op_threads": str(options.inter_op_num_threads),
            "execution_mode": str(options.execution_mode.name).removeprefix("ORT_").lower(),
            "mem_pattern": str(int(options.enable_mem_pattern)),
            "denormals": denormals(),
            "provider": str(session.get_providers()[0]),
            "precision": str(target.precision),
        }
        asked = {
            **chosen(target, OPTIONS),
            "intra_op_threads": str(target.threads),
            "inter_op_threads": "1",
            "execution_mode": "sequential",
            "denormals": "kept",
        }
        for name, value in session.get_provider_options()[found["provider"]].items():
            found[f"provider.{name}"] = str(value)
        for name, value in self.provider_options(target).items():
            asked[f"provider.{name}"] = value
        require_applied(asked, found)
        return found

    def _placed(self, session: Any, artifact: Artifact, target: Target) -> dict[str, str]:  # noqa: ANN401
        """Check that the provider asked for computes everything but sizes."""
        assigned = assignment(session)
        if assigned is None and list(session.get_providers()) == [_CPU_PROVIDER]:
            assigned = ()  # there is no other that an operator could be on
        if assigned is None:
            assigned = self._profiled(artifact, target)
        where = placement(assigned, self.provider(target), artifact.path)
        if where.touching:
            names = "; ".join(str(node) for node in where.touching)
            raise PreparationError(
                ReasonCode.SILENT_FALLBACK, f"not on {self.provider(target)}: {names}"
            )
        elsewhere = "; ".join(str(node) for node in where.shape_only)
        return {"shape_nodes_elsewhere": elsewhere} if elsewhere else {}


class OnnxRuntimeTensorRTBackend(OnnxRuntimeBackend):
    """ONNX Runtime with the TensorRT provider, which serves NVIDIA GPUs alone."""

    def __init__(self, importer: Importer = import_module) -> None:
        trt = "TensorrtExecutionProvider"
        super().__init__(cpu_provider=trt, cuda_provider=trt, importer=importer)

    def provider_options(self, target: Target) -> dict[str, str]:
        """Return the options that TensorRT's provider has under other names."""
        index = target.device.partition(":")[2] or "0"
        half = str(int(target.precision is Precision.FP16))
        return {"device_id": index, "trt_fp16_enable": half}


def _session_options(runtime: Any, target: Target) -> Any:  # noqa: ANN401
    values = chosen(target, OPTIONS)
    level = values["graph_optimization"]
    name = "ORT_DISABLE_ALL" if level == "disable_all" else f"ORT_ENABLE_{level.upper()}"
    options = runtime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = getattr(runtime.GraphOptimizationLevel, name)
    options.enable_cpu_mem_arena = values["cpu_mem_arena"] == "1"
    options.add_session_config_entry(_SPINNING, values["allow_spinning"])
    options.add_session_config_entry(_NO_PREPACKING, str(1 - int(values["prepacking"])))
    options.add_session_config_entry(_DENORMALS, "0")
    options.add_session_config_entry(_RECORD_ASSIGNMENT, "1")
    return options


def _pool(target: Target, before: int | None, after: int | None) -> dict[str, str]:
    """Count the threads that the session started: its pool is one less, for the caller works."""
    if before is None or after is None or target.is_cuda:
        return {"threads": unverified(target.threads)}
    found = {"threads": str(after - before + 1)}
    require_applied({"threads": str(target.threads)}, found)
    pool = {"denormals_in_pool": unverified("kept")} if target.threads > 1 else {}
    return {**found, **pool}


def _refuse_precision(target: Target) -> Reason | None:
    if target.precision is Precision.FP32 or (
        target.is_cuda and target.precision is Precision.FP16
    ):
        return None
    detail = f"no {target.precision} on {target.device}: casts to fp32 would be put around products"
    return Reason(code=ReasonCode.PRECISION_UNSUPPORTED, detail=detail)


@contextmanager
def _translated(runtime: Any, artifact: Artifact) -> Iterator[None]:  # noqa: ANN401
    """Turn what onnxruntime raises while it loads a file into a preparation error."""
    state = runtime.capi.onnxruntime_pybind11_state
    own = (state.Fail, state.InvalidArgument, state.NoSuchFile, state.InvalidProtobuf)
    rest = (state.NotImplemented, state.InvalidGraph, state.RuntimeException, state.EPFail)
    try:
        yield
    except (*own, *rest, RuntimeError, ValueError, OSError, MemoryError) as error:
        memory = isinstance(error, MemoryError) or "bad_alloc" in str(error)
        code = ReasonCode.OUT_OF_MEMORY if memory else ReasonCode.PREPARATION_FAILED
        raise PreparationError(code, f"{artifact.path}: {error}") from error
