"""Weights and operations of an ONNX graph, counted in the graph: nothing is run.

Source: ONNX, Operators.md, for the inputs and shapes of each operator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import onnx

from model_zoo.own.work import Work

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

_DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_UNCOUNTED: Final = frozenset(
    {"Attention", "DeformConv", "DFT", "Einsum", "MelWeightMatrix", "STFT"}
)
"""Operators that multiply and have no formula here."""
_CONSTANT: Final = frozenset({"Constant", "ConstantOfShape"})
_FLOATS: Final = frozenset({1, 10, 11, 16})
"""float, float16, double, bfloat16. Source: ONNX, onnx.proto3, TensorProto.DataType."""
_BUFFERS: Final[Mapping[str, frozenset[int]]] = {
    "BatchNormalization": frozenset({3, 4}),
    "DequantizeLinear": frozenset({1, 2}),
    "QuantizeLinear": frozenset({1, 2}),
    "Clip": frozenset({1, 2}),
    "Resize": frozenset({1, 2, 3}),
    "Pad": frozenset({2}),
}
"""Inputs that are statistics, scales and bounds, not weights."""
_INTEGER_WEIGHTS: Final[Mapping[str, frozenset[int]]] = {
    "DequantizeLinear": frozenset({0}),
    "ConvInteger": frozenset({1}),
    "MatMulInteger": frozenset({1}),
    "QLinearConv": frozenset({3}),
    "QLinearMatMul": frozenset({3}),
    "MatMulNBits": frozenset({1}),
}
"""Inputs that are weights though they are no floats."""
_GATES: Final = {"LSTM": 4, "GRU": 3, "RNN": 1}


class _Unknown(Exception):  # noqa: N818 - what is found, not a mistake
    """A node's operations cannot be told."""


@dataclass(frozen=True, slots=True)
class _Product:
    flops: int
    terms: int
    """Length of its sums."""


def parameter_count(graph: onnx.GraphProto, shapes: Shapes) -> int:
    """Count the weights: numbers that are in the file, each tensor once, however often it is used.

    Running statistics, scales and single numbers are none.
    """
    used = {name: kind for kind, names in _uses(graph) for name in names}
    roots = {one.name: (one.data_type, tuple(one.dims)) for one in graph.initializer}
    for node in graph.node:
        if node.op_type in _CONSTANT:
            name = node.output[0]
            roots[name] = (_type_of(node), shapes.get(name, ()))
    return sum(
        math.prod(shape)
        for name, (kind, shape) in roots.items()
        if name in used and math.prod(shape) > 1 and (kind in _FLOATS or used[name] == "integer")
    )


def _uses(graph: onnx.GraphProto) -> Iterator[tuple[str, list[str]]]:
    """Yield the names that nodes take as weights, and the integer ones after the others."""
    plain = []
    integer = []
    for node in graph.node:
        buffers = _BUFFERS.get(node.op_type, frozenset())
        whole = _INTEGER_WEIGHTS.get(node.op_type, frozenset())
        plain += [name for at, name in enumerate(node.input) if at not in buffers | whole]
        integer += [name for at, name in enumerate(node.input) if at in whole]
    yield "plain", plain
    yield "integer", integer


def _type_of(node: onnx.NodeProto) -> int:
    """Return the number format of what a constant node gives."""
    for attribute in node.attribute:
        if attribute.name == "value":
            return int(attribute.t.data_type)
    return 1


def work_of(graph: onnx.GraphProto, shapes: Shapes) -> Work:
    """Count the operations of one pass; two for each multiply-accumulate of a matrix product."""
    found: list[_Product] = []
    reason = ""
    for node in _nodes(graph):
        try:
            product = _product(node, shapes)
        except _Unknown as unknown:
            reason = reason or str(unknown)
            continue
        found += [product] if product else []
    return Work(
        flops=None if reason else sum(one.flops for one in found),
        reason=reason,
        depth=len(found),
        widest=max((one.terms for one in found), default=0),
    )


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Yield every node; of a branch or a loop, whose passes are not known, those that multiply."""
    for node in graph.node:
        inner = [one.g for one in node.attribute if one.HasField("g")]
        if any(part.op_type in _FORMULAS for graph_ in inner for part in _nodes(graph_)):
            yield onnx.NodeProto(op_type=node.op_type, name=node.name, domain="subgraph")
        else:
            yield node


def _product(node: onnx.NodeProto, shapes: Shapes) -> _Product | None:
    if node.domain not in _DOMAINS or node.op_type in _UNCOUNTED:
        raise _Unknown(f"the operator {_named(node)} has no formula")
    formula = _FORMULAS.get(node.op_type)
    if formula is None:
        return None
    try:
        return formula(node, shapes)
    except (KeyError, IndexError):
        raise _Unknown(f"the shapes of {_named(node)} are not known") from None


def _named(node: onnx.NodeProto) -> str:
    space = f"{node.domain}::" if node.domain and node.domain != "subgraph" else ""
    return f"{space}{node.op_type}" + (f" {node.name!r}" if node.name else "")


def _convolution(weight: int) -> Callable[[onnx.NodeProto, Shapes], _Product]:
    def formula(node: onnx.NodeProto, shapes: Shapes) -> _Product:
        terms = math.prod(shapes[node.input[weight]][1:])
        return _Product(2 * math.prod(shapes[node.output[0]]) * terms, terms)

    return formula


def _transposed(node: onnx.NodeProto, shapes: Shapes) -> _Product:
    given, kernel = shapes[node.input[0]], shapes[node.input[1]]
    return _Product(2 * math.prod(given) * math.prod(kernel[1:]), kernel[0])


def _matrix(first: int) -> Callable[[onnx.NodeProto, Shapes], _Product]:
    def formula(node: onnx.NodeProto, shapes: Shapes) -> _Product:
        terms = shapes[node.input[first]][-1]
        return _Product(2 * math.prod(shapes[node.output[0]]) * terms, terms)

    return formula


def _gemm(node: onnx.NodeProto, shapes: Shapes) -> _Product:
    left = shapes[node.input[0]]
    terms = left[0] if _attribute(node, "transA", 0) else left[1]
    return _Product(2 * math.prod(shapes[node.output[0]]) * terms, terms)


def _recurrent(node: onnx.NodeProto, shapes: Shapes) -> _Product:
    """Count both products of every gate and step; weights are (directions, gates * hidden, ...)."""
    weights, hidden = shapes[node.input[1]], shapes[node.input[2]]
    steps = math.prod(shapes[node.input[0]][:2])
    terms = weights[2] + hidden[2]
    gates = _GATES[node.op_type] * hidden[2]
    return _Product(2 * steps * weights[0] * gates * terms, terms)


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((one.i for one in node.attribute if one.name == name), default)


_FORMULAS: Final[Mapping[str, Callable[[onnx.NodeProto, Shapes], _Product]]] = {
    "Conv": _convolution(1),
    "ConvInteger": _convolution(1),
    "QLinearConv": _convolution(3),
    "ConvTranspose": _transposed,
    "MatMul": _matrix(0),
    "MatMulInteger": _matrix(0),
    "QLinearMatMul": _matrix(0),
    "Gemm": _gemm,
    **dict.fromkeys(_GATES, _recurrent),
}


def known_shapes(graph: onnx.GraphProto) -> dict[str, Shape]:
    """Return every shape that the graph gives in full, after inference."""
    values: Sequence[Any] = (*graph.input, *graph.value_info, *graph.output)
    found = {one.name: shape for one in values if (shape := static_shape(one)) is not None}
    return {**found, **{one.name: tuple(one.dims) for one in graph.initializer}}


def static_shape(value: onnx.ValueInfoProto) -> Shape | None:
    """Return the shape of a tensor whose sizes are all known; None for anything else."""
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        return None
    sizes = value.type.tensor_type.shape.dim
    if not all(size.HasField("dim_value") for size in sizes):
        return None
    return tuple(int(size.dim_value) for size in sizes)
