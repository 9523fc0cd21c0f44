"""The file that wraps onnxruntime: its CPU, CUDA and TensorRT execution providers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from harness.backends.cuda_driver import missing_device
from harness.backends.onnx_graph import Assigned, placement
from harness.backends.onnxruntime_placement import assignment, profiled
from harness.backends.onnxruntime_prepared import OnnxRuntimePrepared
from harness.backends.onnxruntime_provider import (
    CUDA_OPTIONS,
    OVERRIDE,
    TENSORRT_OPTIONS,
    TF32,
    cuda_settings,
    refusal,
    refuse_precision,
    tensorrt_settings,
)
from harness.backends.onnxruntime_session import (
    ERRORS_ONLY,
    OPTIONS,
    pool,
    session_options,
    settings_asked,
    settings_of,
    translated,
)
from harness.backends.settings import (
    Option,
    chosen,
    refuse_options,
    require_applied,
    thread_count,
    unverified,
)
from harness.core.case import Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact

Importer = Callable[[str], Any]
MissingDevice = Callable[[str], Reason | None]

_CPU_PROVIDER: Final = "CPUExecutionProvider"
_LIBRARIES: Final = (
    "python -m pip install 'onnxruntime-gpu[cuda,cudnn]'; the version of CUDA must be the one that "
    "it was built for"
)


class OnnxRuntimeBackend:
    """ONNX Runtime with the CPU or the CUDA provider; it starts from an ONNX file."""

    gpu_options: tuple[Option, ...] = CUDA_OPTIONS
    """What a target on a GPU may choose beside `OPTIONS`."""

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
        """Say why `target` cannot be served; None where it can.

        On a GPU a session of one operator is made: a provider that is listed may still not load.
        """
        refused = self._refused(target)
        if not target.is_cuda or (refused and refused.code is not ReasonCode.NO_CUDA_DEVICE):
            return refused
        said = refusal(self._runtime(), self.provider(target), self.provider_options(target))
        if refused is not None:
            return replace(refused, detail=f"{refused.detail}; onnxruntime: {said}")
        return _not_loaded(said) if said else None

    def _refused(self, target: Target) -> Reason | None:
        """Say what is missing, without making a session."""
        try:
            runtime = self._runtime()
        except Unavailable as error:
            return error.reason
        options = (*OPTIONS, *self.gpu_options) if target.is_cuda else OPTIONS
        return (
            self._missing_provider(runtime, target)
            or refuse_precision(target)
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
        reason = self._refused(target)
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        if artifact.precision != target.precision:
            detail = f"the file is in {artifact.precision}, the target asks {target.precision}"
            raise PreparationError(ReasonCode.ARTIFACT_FAILED, detail)
        runtime = self._runtime()
        runtime.set_default_logger_severity(ERRORS_ONLY)
        threads_before = thread_count()
        options = session_options(runtime, target)
        session = self._session(runtime, artifact, target, options)
        threads_after = thread_count()
        effective = {
            **self._settings(session, target),
            **pool(target, threads_before, threads_after),
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
        return cuda_settings(target) if target.is_cuda else {}

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
        provider, settings = self.provider(target), self.provider_options(target)
        try:
            with translated(runtime, artifact):
                session = runtime.InferenceSession(
                    str(artifact.path),
                    options,
                    providers=[(provider, settings)],
                    enable_fallback=0,  # else it prints to stdout and goes on without the provider
                )
        except PreparationError as error:
            has_room = error.reason.code is not ReasonCode.OUT_OF_MEMORY
            if target.is_cuda and has_room and (said := refusal(runtime, provider, settings)):
                raise _unavailable(_not_loaded(said)) from error
            raise
        given = session.get_providers()
        if given[0] != provider:
            detail = f"asked for {provider}, the session came back with {', '.join(given)}"
            said = (refusal(runtime, provider, settings) if target.is_cuda else "") or detail
            raise _unavailable(_not_loaded(said if detail in said else f"{detail}: {said}"))
        return session

    def _profiled(self, artifact: Artifact, target: Target) -> tuple[Assigned, ...]:
        """Find out with a session more, which runs once and is thrown away."""
        runtime = self._runtime()
        options = session_options(runtime, target)
        with tempfile.TemporaryDirectory() as folder:
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "profile")
            return profiled(self._session(runtime, artifact, target, options))

    def _settings(self, session: Any, target: Target) -> dict[str, str]:  # noqa: ANN401
        """Read back what the session has, and check it against what was asked for."""
        found, asked = settings_of(session, target), settings_asked(target)
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
    """ONNX Runtime with the TensorRT provider, which serves NVIDIA GPUs alone.

    No engine is kept between processes: the time to prepare is that of building it.
    """

    gpu_options = TENSORRT_OPTIONS

    def __init__(
        self, importer: Importer = import_module, missing: MissingDevice = missing_device
    ) -> None:
        trt = "TensorrtExecutionProvider"
        super().__init__(cpu_provider=trt, cuda_provider=trt, importer=importer, missing=missing)

    def provider_options(self, target: Target) -> dict[str, str]:
        """Return the options that TensorRT's provider has under other names."""
        return tensorrt_settings(target)

    def _refused(self, target: Target) -> Reason | None:
        refused = super()._refused(target)
        if target.is_cuda or (refused and refused.code is ReasonCode.BACKEND_NOT_INSTALLED):
            return refused
        detail = f"TensorRT serves NVIDIA GPUs alone, and the target is {target.device}"
        return Reason(code=ReasonCode.NO_CUDA_DEVICE, detail=detail, hint="--device cuda")

    def _session(self, runtime: Any, artifact: Artifact, target: Target, options: Any) -> Any:  # noqa: ANN401
        if chosen(target, (TF32,))[TF32.name] == "0":  # the provider has no option
            os.environ[OVERRIDE] = "0"
        else:
            os.environ.pop(OVERRIDE, None)
        return super()._session(runtime, artifact, target, options)

    def _settings(self, session: Any, target: Target) -> dict[str, str]:  # noqa: ANN401
        asked = chosen(target, (TF32,))[TF32.name]
        return {**super()._settings(session, target), TF32.name: unverified(asked)}


def _not_loaded(said: str) -> Reason:
    return Reason(code=ReasonCode.PROVIDER_UNAVAILABLE, detail=said, hint=_LIBRARIES)


def _unavailable(reason: Reason) -> Unavailable:
    return Unavailable(reason.code, reason.detail, reason.hint)
