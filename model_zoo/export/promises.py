"""Weights in an ONNX graph that are made when they are written, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import onnx_ir as ir
import torch
from onnx_ir.tensor_adapters import TorchTensor
from torch import Tensor, nn

from model_zoo.fill import Filling, fill, fillings, seed_of
from model_zoo.spec import ModelSpec

_LEAST_PROMISED: Final = 1 << 14
"""Tensors below this many numbers are made at once, so that the optimizer can work with them."""

Maker = Callable[[], Tensor]
"""Makes a tensor's values."""
Weights = Iterable[tuple[str, Tensor, Maker]]
"""Name, form and maker of every weight and buffer of a network."""


def drawn(spec: ModelSpec, module: nn.Module) -> Weights:
    """Yield name, form and maker of every weight and buffer of a plain network on `meta`."""
    for name, tensor, filling in fillings(module):
        yield name, tensor, _filler(tensor, filling, seed_of(spec, name))


def given(module: nn.Module) -> Weights:
    """Yield name, form and maker of every weight and buffer of a network that has its values."""
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        yield name, tensor, tensor.detach


def promise_weights(weights: Weights, graph: ir.Graph) -> None:
    """Give every weight of a graph that was exported from `meta` its values, large ones later.

    Large weights that the graph only rearranges are promised as rearranged.
    """
    promises: dict[str, Maker] = {}
    for name, tensor, make in weights:
        value = graph.initializers.get(name)
        if value is None:  # the exporter drops what does not reach an output
            continue
        if tensor.numel() < _LEAST_PROMISED:
            value.const_value = TorchTensor(make())
        else:
            promises[name] = make
            _promise(value, make)
    for node in tuple(graph):
        if _can_rearrange(node):
            _rearrange(graph, node, promises)


def may_fold(node: ir.Node) -> bool | None:
    """Forbid the optimizer to make promised weights; None leaves other nodes to its own rules."""
    return False if any(_is_promised(value) for value in node.inputs) else None


def _filler(tensor: Tensor, filling: Filling, seed: int) -> Maker:
    def make() -> Tensor:
        values = torch.empty(tensor.shape, dtype=tensor.dtype)
        fill(values, filling, seed)
        return values

    return make


def _promise(value: ir.Value, make: Maker) -> None:
    value.const_value = ir.LazyTensor(
        lambda: TorchTensor(make()),
        dtype=value.dtype,
        shape=value.shape,
        name=value.name,
        cache=False,
    )


def _is_promised(value: ir.Value | None) -> bool:
    return value is not None and isinstance(value.const_value, ir.LazyTensor)


def _can_rearrange(node: ir.Node) -> bool:
    """Tell whether a node only moves constants, among them a promise that nothing else uses.

    A weight that something else uses too keeps its rearrangement in the graph: it is stored once.
    """
    if node.op_type not in _REARRANGEMENTS or not any(map(_is_promised, node.inputs)):
        return False
    is_shared = any(_is_promised(value) and len(value.uses()) > 1 for value in node.inputs)
    constants = (ir.convenience.get_const_tensor(value) for value in node.inputs)
    return not is_shared and all(constant is not None for constant in constants)


def _rearrange(graph: ir.Graph, node: ir.Node, promises: dict[str, Maker]) -> None:
    """Replace a node by a promise of what it gives."""
    old, used = node.outputs[0], tuple(node.inputs)
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    makers = [promises.get(value.name) or _giver(value) for value in used]
    move = _REARRANGEMENTS[node.op_type]

    def make() -> Tensor:
        return move([maker() for maker in makers], attributes).contiguous()

    samples = [
        torch.empty(value.const_value.shape.numpy(), device="meta")
        if _is_promised(value)
        else maker()
        for value, maker in zip(used, makers, strict=True)
    ]
    name, kind = f"{old.name}_moved", ir.TensorType(used[0].dtype)
    new = ir.Value(name=name, shape=ir.Shape(move(samples, attributes).shape), type=kind)
    promises[name] = make
    _promise(new, make)
    graph.register_initializer(new)
    old.replace_all_uses_with(new)
    graph.remove(node, safe=True)
    for value in used:
        if _is_promised(value):
            del graph.initializers[value.name]


def _giver(value: ir.Value) -> Maker:
    array = ir.convenience.get_const_tensor(value).numpy()
    return lambda: torch.from_numpy(array)


Move = Callable[[list[Tensor], Mapping[str, Any]], Tensor]
_REARRANGEMENTS: Final[dict[str, Move]] = {
    "Transpose": lambda tensors, attributes: tensors[0].permute(*attributes["perm"]),
    "Gather": lambda tensors, attributes: tensors[0].index_select(
        attributes["axis"], tensors[1].to(tensors[0].device)
    ),
    "Unsqueeze": lambda tensors, _: tensors[0].unsqueeze(int(tensors[1].item())),
    "Concat": lambda tensors, attributes: torch.cat(tensors, attributes["axis"]),
}
"""Operators that only move weights about, in torch's words."""
