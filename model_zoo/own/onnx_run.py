"""What an ONNX file gives, by the first runtime that takes it: without optimisation, on one thread.

ONNX Runtime, else the reference evaluator of the onnx package, which is numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from model_zoo.own.files import BadFile
from model_zoo.own.inputs import Arrays

_FATAL_ONLY: Final = 4
"""Severity from which ONNX Runtime writes to stderr; what it refuses is in its exception."""
_LONGEST: Final = 600
"""Characters of a runtime's refusal that are kept."""

Run = Callable[[Arrays], Arrays]


def first_runtime(path: Path, names: Sequence[str]) -> tuple[str, Run]:
    """Return the first runtime that takes a file, by its name, and what runs it.

    Args:
        path: Of a file whose inputs have shapes of numbers.
        names: Of its inputs, in order.

    Raises:
        BadFile: none takes it; each one's words are kept, and name the operator.
    """
    refused = []
    for name, load in _RUNTIMES.items():
        try:
            return name, load(path, names)
        except BadFile as error:
            refused.append(f"{name}: {error}")
    raise BadFile("; ".join(refused))


def _onnxruntime(path: Path, names: Sequence[str]) -> Run:
    try:
        runtime = import_module("onnxruntime")
    except (ImportError, OSError) as error:
        raise BadFile(f"does not import ({error})") from None
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    try:
        session = runtime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # noqa: BLE001 - its exceptions share no base but this one
        raise BadFile(_short(error)) from None

    def run(arrays: Arrays) -> Arrays:
        try:
            found = session.run(None, dict(zip(names, arrays, strict=True)))
        except Exception as error:  # noqa: BLE001 - as above
            raise BadFile(f"onnxruntime: {_short(error)}") from None
        return _tensors(found)

    return run


def _evaluator(path: Path, names: Sequence[str]) -> Run:
    evaluator: Any = import_module("onnx.reference").ReferenceEvaluator
    try:
        session = evaluator(str(path))
    except Exception as error:  # noqa: BLE001 - it raises whatever an operator raises
        raise BadFile(_short(error)) from None

    def run(arrays: Arrays) -> Arrays:
        try:
            found = session.run(None, dict(zip(names, arrays, strict=True)))
        except Exception as error:  # noqa: BLE001 - as above
            raise BadFile(f"the reference evaluator: {_short(error)}") from None
        return _tensors(found)

    return run


def _tensors(found: Sequence[Any]) -> Arrays:
    wrong = [one for one in found if not isinstance(one, np.ndarray) or one.dtype.kind in "OSU"]
    if wrong or not found:
        kind = type(wrong[0]).__name__ if wrong else "nothing"
        raise BadFile(f"the network gives {kind}; expected tensors of numbers")
    return tuple(np.asarray(one) for one in found)


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


_RUNTIMES: Final[dict[str, Callable[[Path, Sequence[str]], Run]]] = {
    "onnxruntime": _onnxruntime,
    "onnx.reference": _evaluator,
}
"""In the order in which they are tried."""
