"""Which provider a session of ONNX Runtime gave each operator to: asked, or seen while it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from harness.backends.onnx_graph import Assigned
from harness.backends.onnxruntime_prepared import DTYPES

_KERNEL: Final = "_kernel_time"


def assignment(session: Any) -> tuple[Assigned, ...] | None:  # noqa: ANN401 - a class without types
    """Ask the session; None where this version cannot be asked."""
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return None
    return tuple(
        Assigned(str(graph.ep_name), str(node.name), str(node.op_type))
        for graph in session.get_provider_graph_assignment_info()
        for node in graph.get_nodes()
    )


def profiled(session: Any) -> tuple[Assigned, ...]:  # noqa: ANN401 - as above
    """Run a session that was made to profile once, on one item of zeros, and read its profile.

    Source: ONNX Runtime, 'Profiling Tools': events of category Node, with their provider.
    """
    session.run(None, {node.name: _zeros(node) for node in session.get_inputs()})
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    nodes = [event for event in events if event.get("cat") == "Node"]
    return tuple(
        Assigned(
            event["args"]["provider"], event["name"].removesuffix(_KERNEL), event["args"]["op_name"]
        )
        for event in nodes
        if "provider" in event["args"] and event["name"].endswith(_KERNEL)
    )


def _zeros(node: Any) -> np.ndarray[Any, np.dtype[Any]]:  # noqa: ANN401 - as above
    shape = [size if isinstance(size, int) else 1 for size in node.shape]
    return np.zeros(shape, dtype=DTYPES[node.type])
