"""Channels, heads and neurons removed: the ones whose weights are smallest, shapes shrink.

The smaller network is built of its own sizes; then each of its tensors is a part of the plain
network's tensor of the same name. Which rows and columns go together is found by walking the
plain network: what one layer gives, the next one takes.

Source: Li et al., Pruning Filters for Efficient ConvNets (2017), section 3.1: the size of a
unit is the norm of the weights that make it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor, nn

from model_zoo.families.attention import Block, Heads
from model_zoo.families.blocks import (
    Convolution,
    Dense,
    Flattened,
    NormedConvolution,
    Recurrent,
    Residual,
)

_GATES: Final = 4
_PROJECTIONS: Final = 3
"""Queries, keys and values."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where units lie along one axis of a tensor: sections of units of a few numbers each."""

    name: str
    axis: int
    sections: int = 1
    width: int = 1
    """Numbers of one unit in one section."""
    makes: bool = True
    """Whether the tensor makes the unit, and does not take it."""

    def indices(self, units: Tensor, count: int) -> Tensor:
        """Return where the numbers of units are, of `count` units in all."""
        sections = torch.arange(self.sections)[:, None, None] * count * self.width
        return (sections + units[:, None] * self.width + torch.arange(self.width)).flatten()

    def sizes(self, tensor: Tensor) -> Tensor:
        """Return the squared norm of each unit's numbers, (units,)."""
        moved = tensor.detach().double().movedim(self.axis, 0)
        flat = moved.reshape(self.sections, -1, self.width, moved[0].numel())
        return flat.square().sum(dim=(0, 2, 3))


@dataclass(slots=True)
class _Group:
    """Units that come and go together."""

    places: list[_Place] = field(default_factory=list)


def shrink(module: nn.Module, smaller: nn.Module) -> nn.Module:
    """Fill a smaller network of the same family with a plain one's largest units; return it.

    Args:
        module: The plain network.
        smaller: Of the sizes that are left, on the CPU; its numbers are replaced.
    """
    tensors = _tensors(module)
    targets = _tensors(smaller)
    kept: dict[str, list[tuple[int, Tensor]]] = {}
    for group in _groups(module):
        for place, indices in _choice(group, tensors, targets):
            kept.setdefault(place.name, []).append((place.axis, indices))
    for name, target in targets.items():
        part = tensors[name]
        for axis, indices in kept.get(name, ()):
            part = part.index_select(axis, indices)
        target.data = part.detach().clone()
    return smaller


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _choice(
    group: _Group, tensors: dict[str, Tensor], targets: dict[str, Tensor]
) -> Iterator[tuple[_Place, Tensor]]:
    """Yield for each place of a group which indices stay; nothing where all do."""
    first = group.places[0]
    per_unit = first.sections * first.width
    count = tensors[first.name].shape[first.axis] // per_unit
    wanted = targets[first.name].shape[first.axis] // per_unit
    if wanted == count:
        return
    sizes = torch.stack([p.sizes(tensors[p.name]) for p in group.places if p.makes]).sum(dim=0)
    units = sizes.topk(wanted).indices.sort().values
    for place in group.places:
        yield place, place.indices(units, count)


def _groups(module: nn.Module) -> list[_Group]:
    walker = _Walker()
    walker.walk("", module)
    return [group for group in walker.groups if group.places]


class _Walker:
    """Goes through a network in the order of its layers; `open` is what the last one gave."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.open = _Group()
        self.units = 1
        """What the last layer gave, in channels or neurons."""
        self.pixels = 1
        """Numbers that each of them has become in a row, where an image was flattened."""

    def walk(self, name: str, part: nn.Module) -> None:
        """Note the units that a part makes and takes."""
        if isinstance(part, Dense | Convolution):
            self._layer(name, part)
        elif isinstance(part, NormedConvolution):
            self._layer(f"{name}.convolution", part.convolution)
            norm = ("weight", "bias", "running_mean", "running_var")
            self.open.places += [_Place(f"{name}.norm.{one}", 0, makes=False) for one in norm]
        elif isinstance(part, Flattened):
            self.pixels = part.features // self.units
        elif isinstance(part, Recurrent):
            self._recurrent(f"{name}.layers", part.layers)
        elif isinstance(part, Block):
            self._block(name, part)
        elif isinstance(part, Residual):
            self._alone(f"{name}.branch", part.branch)
        else:
            for place, child in part.named_children():
                self.walk(f"{name}.{place}" if name else place, child)

    def _layer(self, name: str, layer: Dense | Convolution) -> None:
        weight = f"{name}.weight"
        if isinstance(layer, Convolution) and layer.groups > 1:  # each channel by itself
            self.open.places.append(_Place(weight, 0))
            return
        if self.open.places:
            self.open.places.append(_Place(weight, 1, width=self.pixels, makes=False))
        self._begin(_Place(weight, 0), f"{name}.bias" if layer.bias is not None else "")
        self.units = len(layer.weight)

    def _begin(self, place: _Place, bias: str) -> None:
        self.open = _Group([place])
        if bias:
            self.open.places.append(_Place(bias, 0, place.sections, place.width))
        self.groups.append(self.open)
        self.pixels = 1

    def _recurrent(self, name: str, layers: nn.Module) -> None:
        count = sum(one.startswith("weight_hh") for one, _ in layers.named_parameters())
        for layer in range(count):
            if self.open.places:
                self.open.places.append(_Place(f"{name}.weight_ih_l{layer}", 1, makes=False))
            self._begin(_Place(f"{name}.weight_ih_l{layer}", 0, _GATES), "")
            self.open.places += [
                _Place(f"{name}.weight_hh_l{layer}", 0, _GATES),
                _Place(f"{name}.weight_hh_l{layer}", 1, makes=False),
                _Place(f"{name}.bias_ih_l{layer}", 0, _GATES),
                _Place(f"{name}.bias_hh_l{layer}", 0, _GATES),
            ]

    def _block(self, name: str, block: Block) -> None:
        """Note the heads, then the neurons; what both are added to keeps its width."""
        attention = f"{name}.attention"
        heads = block.attention.heads
        width = heads.split[-1] if isinstance(heads, Heads) else 1
        made = _Place(f"{attention}.projections.weight", 0, _PROJECTIONS, width)
        self._begin(made, f"{attention}.projections.bias")
        taken = _Place(f"{attention}.output.weight", 1, width=width, makes=False)
        self.open.places.append(taken)
        self._alone(f"{name}.feed_forward", block.feed_forward)

    def _alone(self, name: str, part: nn.Module) -> None:
        """Walk a branch by itself: what a residual is added to keeps all its channels."""
        self.open = _Group()
        self.walk(name, part)
        self.open = _Group()
