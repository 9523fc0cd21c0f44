"""Which nodes of an ONNX file touch activations: read from the file, without the onnx package."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_FIXED32: Final = 5
_MODEL_GRAPH: Final = 7
_GRAPH_NODE: Final = 1
_GRAPH_OUTPUT: Final = 12
_NODE_INPUT: Final = 1
_NODE_OUTPUT: Final = 2
_NODE_NAME: Final = 3
_NODE_OP: Final = 4
_VALUE_NAME: Final = 1

_READS_SHAPE_ONLY: Final = frozenset({"Shape", "Size"})
_FIRST_SHAPE_INPUT: Final = {
    "ConstantOfShape": 0,
    "Expand": 1,
    "Pad": 1,
    "ReduceMax": 1,
    "ReduceMean": 1,
    "ReduceSum": 1,
    "Reshape": 1,
    "Resize": 1,
    "Slice": 1,
    "Split": 1,
    "Squeeze": 1,
    "Tile": 1,
    "Unsqueeze": 1,
}
"""From this input on, the operator takes sizes, axes or positions, not values.

Source: ONNX, Operators.md, the inputs of each operator at opset 18.
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of the graph, as the file has it."""

    name: str
    op_type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """One operator and the provider that a session gave it to."""

    provider: str
    name: str
    op_type: str

    def __str__(self) -> str:
        """Name it so that it is found in the file."""
        return f"{self.op_type} {self.name!r} on {self.provider}"


@dataclass(frozen=True, slots=True)
class Placement:
    """The operators that sit on another provider than the one asked for."""

    touching: tuple[Assigned, ...]
    """They make or take activations: a silent fallback."""
    shape_only: tuple[Assigned, ...]
    """They compute sizes and positions, a few numbers each."""


def placement(assigned: Iterable[Assigned], provider: str, path: Path) -> Placement:
    """Sort out the operators that another provider than `provider` was given.

    An operator that the file at `path` does not name, since it was fused, counts as touching.
    """
    strays = tuple(node for node in assigned if node.provider != provider)
    if not strays:
        return Placement((), ())
    harmless = _shape_only_names(*read_graph(path))
    shape_only = tuple(n for n in strays if n.name in harmless or n.op_type in _READS_SHAPE_ONLY)
    return Placement(tuple(n for n in strays if n not in shape_only), shape_only)


def read_graph(path: Path) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """Return the nodes of an ONNX file and the names of its outputs; weights are passed over.

    Source: ONNX, onnx.proto3; Google, Protocol Buffers, 'Encoding'.

    Raises:
        ValueError: the file is no protocol buffer.
    """
    nodes: list[Node] = []
    outputs: list[str] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for start, end in _messages(data, 0, len(data), _MODEL_GRAPH):
            nodes += [_node(data, *span) for span in _messages(data, start, end, _GRAPH_NODE)]
            for span in _messages(data, start, end, _GRAPH_OUTPUT):
                outputs += _texts(data, span, _VALUE_NAME)
    return tuple(nodes), tuple(outputs)


def _shape_only_names(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> frozenset[str]:
    """Names of the nodes from which no value, but at most a size, reaches the outputs."""
    values = set(outputs)
    touching: set[str] = set()
    for node in reversed(nodes):  # ONNX keeps nodes in topological order
        if values.isdisjoint(node.outputs):
            continue
        touching.add(node.name)
        if node.op_type not in _READS_SHAPE_ONLY:
            values.update(node.inputs[: _FIRST_SHAPE_INPUT.get(node.op_type)])
    return frozenset(node.name for node in nodes if node.name) - touching


def _node(data: mmap.mmap, start: int, end: int) -> Node:
    span = (start, end)
    return Node(
        name="".join(_texts(data, span, _NODE_NAME)),
        op_type="".join(_texts(data, span, _NODE_OP)),
        inputs=tuple(_texts(data, span, _NODE_INPUT)),
        outputs=tuple(_texts(data, span, _NODE_OUTPUT)),
    )


def _texts(data: mmap.mmap, span: tuple[int, int], field: int) -> list[str]:
    return [data[start:end].decode() for start, end in _messages(data, *span, field)]


def _messages(data: mmap.mmap, start: int, end: int, field: int) -> Iterator[tuple[int, int]]:
    """Yield where each value of one length-delimited field begins and ends."""
    at = start
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in {_FIXED64, _FIXED32}:
            at += 8 if kind == _FIXED64 else 4
        elif kind == _BYTES:
            size, at = _varint(data, at)
            if key >> 3 == field:
                yield at, at + size
            at += size
        else:
            raise ValueError(f"no protocol buffer: wire type {kind} at byte {at}")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
            return value, at
