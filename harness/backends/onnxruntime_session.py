"""A session of ONNX Runtime: what is set of it, and what it has, read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from harness.backends.settings import Option, chosen, denormals, require_applied, unverified
from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact

OPTIONS: Final = (
    Option("allow_spinning", ("1", "0")),
    Option("cpu_mem_arena", ("1", "0")),
    Option("inter_op_threads", tuple(str(threads) for threads in range(1, 65))),
    Option("graph_optimization", ("all", "extended", "basic", "disable_all")),
    Option("prepacking", ("1", "0")),
)

_PARALLEL: Final = "parallel"
_SEQUENTIAL: Final = "sequential"
_SPINNING: Final = "session.intra_op.allow_spinning"
_DENORMALS: Final = "session.set_denormal_as_zero"
_NO_PREPACKING: Final = "session.disable_prepacking"
_ACCURACY: Final = "session.qdq_matmulnbits_accuracy_level"
_IN_FP32: Final = "1"
"""Else activations are rounded to int8 wherever weights alone are stored as integers.

Source: ONNX Runtime, onnxruntime_session_options_config_keys.h.
"""
_RECORD_ASSIGNMENT: Final = "session.record_ep_graph_assignment_info"
_NO_MEMORY: Final = ("bad_alloc", "out of memory", "Failed to allocate memory")
"""What errors say of memory: C++'s, CUDA's, and the arena's."""
ERRORS_ONLY: Final = 3
"""Severity from which the library's logger writes, to stderr."""


def session_options(runtime: Any, target: Target) -> Any:  # noqa: ANN401 - a module without types
    """Return the options of a session for a target."""
    values = chosen(target, OPTIONS)
    level = values["graph_optimization"]
    name = "ORT_DISABLE_ALL" if level == "disable_all" else f"ORT_ENABLE_{level.upper()}"
    options = runtime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = int(values["inter_op_threads"])
    options.execution_mode = getattr(runtime.ExecutionMode, f"ORT_{_mode(target).upper()}")
    options.graph_optimization_level = getattr(runtime.GraphOptimizationLevel, name)
    options.enable_cpu_mem_arena = values["cpu_mem_arena"] == "1"
    options.add_session_config_entry(_SPINNING, values["allow_spinning"])
    options.add_session_config_entry(_NO_PREPACKING, str(1 - int(values["prepacking"])))
    options.add_session_config_entry(_DENORMALS, "0")
    options.add_session_config_entry(_RECORD_ASSIGNMENT, "1")
    options.add_session_config_entry(_ACCURACY, _IN_FP32)
    return options


def settings_of(session: Any, target: Target) -> dict[str, str]:  # noqa: ANN401 - a class without types
    """Read back what a session has."""
    options = session.get_session_options()
    level = str(options.graph_optimization_level.name)
    return {
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


def settings_asked(target: Target) -> dict[str, str]:
    """Return what must be in effect."""
    return {
        **chosen(target, OPTIONS),
        "intra_op_threads": str(target.threads),
        "execution_mode": _mode(target),
        "denormals": "kept",
    }


def _mode(target: Target) -> str:
    """Name how operators follow each other: several at once only with threads for them."""
    return _PARALLEL if target.option("inter_op_threads", "1") != "1" else _SEQUENTIAL


def pool(target: Target, before: int | None, after: int | None) -> dict[str, str]:
    """Count the threads that the session started: its pool is one less, for the caller works."""
    if before is None or after is None or target.is_cuda:
        return {"threads": unverified(target.threads)}
    if _mode(target) == _PARALLEL:
        return {
            "threads": unverified(target.threads),
            "threads_started": str(after - before),
            "denormals_in_pool": unverified("kept"),
        }
    found = {"threads": str(after - before + 1)}
    require_applied({"threads": str(target.threads)}, found)
    beside = {"denormals_in_pool": unverified("kept")} if target.threads > 1 else {}
    return {**found, **beside}


@contextmanager
def translated(runtime: Any, artifact: Artifact) -> Iterator[None]:  # noqa: ANN401
    """Turn what onnxruntime raises while it loads a file into a preparation error."""
    state = runtime.capi.onnxruntime_pybind11_state
    own = (state.Fail, state.InvalidArgument, state.NoSuchFile, state.InvalidProtobuf)
    rest = (state.NotImplemented, state.InvalidGraph, state.RuntimeException, state.EPFail)
    try:
        yield
    except (*own, *rest, RuntimeError, ValueError, OSError, MemoryError) as error:
        memory = isinstance(error, MemoryError) or any(one in str(error) for one in _NO_MEMORY)
        code = ReasonCode.OUT_OF_MEMORY if memory else ReasonCode.PREPARATION_FAILED
        raise PreparationError(code, f"{artifact.path}: {error}") from error
