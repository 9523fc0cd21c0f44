"""The GPU providers of ONNX Runtime: what is set of them, and why one does not come up here."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from harness.backends.settings import Option, chosen
from harness.core.case import Precision, Target
from harness.core.reason import Reason, ReasonCode

TF32: Final = Option("tf32", ("0", "1"))
CUDA_GRAPH: Final = Option("cuda_graph", ("0", "1"))
CONVOLUTIONS: Final = Option("cudnn_conv_algo_search", ("EXHAUSTIVE", "HEURISTIC", "DEFAULT"))
ARENA: Final = Option("arena_extend_strategy", ("kNextPowerOfTwo", "kSameAsRequested"))
LEVEL: Final = Option("trt_builder_optimization_level", ("3", "0", "1", "2", "4", "5"))

CUDA_OPTIONS: Final = (TF32, CUDA_GRAPH, CONVOLUTIONS, ARENA)
TENSORRT_OPTIONS: Final = (TF32, CUDA_GRAPH, LEVEL)

OVERRIDE: Final = "NVIDIA_TF32_OVERRIDE"
"""Set to 0, no library of NVIDIA's computes fp32 in TF32. Source: NVIDIA, cuBLAS, cuDNN and
TensorRT documentation, environment variables."""

_PROBE: Final = bytes.fromhex(
    "08083a350a0e0a01781201791a016e22034162731201675a0f0a0178120a0a08080112040a020801620f0a017912"
    "0a0a08080112040a02080142040a00100d"
)
"""A network of one operator: y = |x|, one number, opset 13, IR version 8."""
_WARNING: Final = 2
"""Severity from which the library says why a provider does not come up."""
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_LINE: Final = re.compile(r"\[[WEF]:onnxruntime:[^\]]*\] (.*)")
_BEFORE: Final = re.compile(r"^.*\[ONNXRuntimeError\] : \d+ : \w+ : ")
_NO_PLUGIN: Final = "No registered plugin EP"
"""Said of every provider that is built in: no reason."""


def cuda_settings(target: Target) -> dict[str, str]:
    """Return what is set of the CUDA provider, by the names under which it is read back."""
    values = chosen(target, CUDA_OPTIONS)
    return {
        "device_id": _index(target),
        "use_tf32": values[TF32.name],
        "enable_cuda_graph": values[CUDA_GRAPH.name],
        "cudnn_conv_algo_search": values[CONVOLUTIONS.name],
        "arena_extend_strategy": values[ARENA.name],
    }


def tensorrt_settings(target: Target) -> dict[str, str]:
    """Return what is set of the TensorRT provider: no engine outlives its process."""
    values = chosen(target, TENSORRT_OPTIONS)
    return {
        "device_id": _index(target),
        "trt_fp16_enable": str(int(target.precision is Precision.FP16)),
        "trt_cuda_graph_enable": values[CUDA_GRAPH.name],
        "trt_builder_optimization_level": values[LEVEL.name],
        "trt_engine_cache_enable": "0",
        "trt_timing_cache_enable": "0",
    }


def refuse_precision(target: Target) -> Reason | None:
    """Say that the providers for a device have no kernels of a precision; None where they do."""
    if target.precision is Precision.FP32 or (
        target.is_cuda and target.precision is Precision.FP16
    ):
        return None
    detail = f"no {target.precision} on {target.device}: casts to fp32 would be put around products"
    return Reason(code=ReasonCode.PRECISION_UNSUPPORTED, detail=detail)


def refusal(runtime: Any, provider: str, options: Mapping[str, str]) -> str:  # noqa: ANN401 - a module without types
    """Try a provider on a network of one operator; return why it does not come up.

    A session that loses its provider goes on with the CPU's, and only the log says why. Initialises
    the device: call it in a process that forks no more.

    Returns:
        The library's own words; empty where the provider came up.
    """
    settings = runtime.SessionOptions()
    settings.log_severity_level = _WARNING
    raised = ""
    with tempfile.TemporaryFile() as file:
        with _errors_to(file):
            runtime.set_default_logger_severity(_WARNING)
            try:
                session = runtime.InferenceSession(
                    _PROBE, settings, providers=[(provider, dict(options))], enable_fallback=0
                )
                given = list(session.get_providers())
            except _errors_of(runtime) as error:
                given, raised = [], str(error).strip()
        file.seek(0)
        said = words(file.read().decode(errors="replace"))
    if given[:1] == [provider]:
        return ""
    silent = f"asked for {provider}, the session came back with {', '.join(given) or 'nothing'}"
    return said or raised or silent


def words(log: str) -> str:
    """Keep what a log of ONNX Runtime says, without colours, times and places in its source.

    >>> words("2026-01-02 [E:onnxruntime:Default, bridge.cc:1 f()] x [ONNXRuntimeError] : 1 : FAIL "
    ...       ": Failed to load library a.so with error: b.so: no such file")
    'Failed to load library a.so with error: b.so: no such file'
    """
    lines = (match.group(1) for match in _LINE.finditer(_COLOUR.sub("", log)))
    told = (_BEFORE.sub("", line).strip() for line in lines if _NO_PLUGIN not in line)
    return "; ".join(dict.fromkeys(told))


def _index(target: Target) -> str:
    return target.device.partition(":")[2] or "0"


def _errors_of(runtime: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401 - as above
    """Return what a session raises: its own exceptions share no base but `Exception`."""
    state = runtime.capi.onnxruntime_pybind11_state
    return (state.Fail, state.EPFail, state.RuntimeException, RuntimeError, ValueError)


@contextmanager
def _errors_to(file: BinaryIO) -> Iterator[None]:
    """Send what native code writes to standard error into a file."""
    kept = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
