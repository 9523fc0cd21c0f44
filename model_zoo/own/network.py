"""The network that a factory makes: called with seeds set, checked, ready to run or to export."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.own.inputs import Arrays
from model_zoo.own.locate import BadFactory, find_factory, import_paths
from model_zoo.own.outputs import flat
from model_zoo.spec import ModelSpec

_EXPECTED: Final = "expected a pair: a torch.nn.Module and its example inputs"
_DTYPES: Final = frozenset(
    {
        *(torch.float32, torch.float16, torch.bfloat16, torch.float64),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    }
)
_SAMPLED: Final = 1024
"""Numbers of each tensor that tell one set of weights from another; all would take as long as
loading them."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnNetwork:
    """A module in evaluation mode on the CPU, and what it takes."""

    module: nn.Module
    names: tuple[str, ...]
    """Of the inputs, in order."""
    example: tuple[Tensor, ...]
    by_name: bool
    """Whether the module takes its inputs by name."""

    @property
    def parameter_count(self) -> int:
        """Weights; shared ones once."""
        return sum(weight.numel() for weight in self.module.parameters())

    def callable(self) -> Callable[..., Any]:
        """Return what takes the inputs in order: the module itself wherever that is possible."""
        if not self.by_name:
            return self.module
        module, names = self.module, self.names

        def run(*tensors: Tensor) -> Any:  # noqa: ANN401 - what the network returns
            return module(**dict(zip(names, tensors, strict=True)))

        return run


class Positional(nn.Module):
    """A network for an exporter: tensors in order in, a flat tuple of tensors out."""

    def __init__(self, network: OwnNetwork) -> None:
        super().__init__()
        self.module = network.module
        self._names = network.names if network.by_name else ()

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Run the network on its inputs, each (batch, ...)."""
        if self._names:
            return flat(self.module(**dict(zip(self._names, tensors, strict=True))))
        return flat(self.module(*tensors))


def make_network(spec: ModelSpec) -> OwnNetwork:
    """Call the factory of a spec after setting every seed; whatever it raises is raised here.

    Raises:
        NoSuchFactory: there is none.
        BadFactory: it gave something else than a module and its inputs, all on the CPU.
    """
    factory = find_factory(spec.preset, import_paths())
    random.seed(spec.seed)
    np.random.seed(spec.seed)  # noqa: NPY002 - for factories that draw from the global generator
    torch.manual_seed(spec.seed)
    made = factory()
    if not isinstance(made, tuple | list) or len(made) != len(("module", "inputs")):
        raise BadFactory(f"{spec.preset} gave {_kind(made)}; {_EXPECTED}")
    module, given = made
    if not isinstance(module, nn.Module):
        raise BadFactory(f"{spec.preset} gave {_kind(module)} in first place; {_EXPECTED}")
    names, example = _named(given)
    _require_cpu(module, dict(zip(names, example, strict=True)))
    module.eval().requires_grad_(requires_grad=False)
    return OwnNetwork(module, names, example, by_name=isinstance(given, Mapping))


def as_arrays(tensors: tuple[Tensor, ...]) -> Arrays:
    """Copy tensors to numpy; bfloat16, which numpy lacks, as float32."""
    return tuple(
        np.array((item.float() if item.dtype == torch.bfloat16 else item).detach().numpy())
        for item in tensors
    )


def content_digest(network: OwnNetwork) -> str:
    """Return a digest of every weight, buffer and example input."""
    digest = hashlib.sha256()
    for name, tensor in _tensors(network):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        digest.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def fingerprint(network: OwnNetwork) -> str:
    """Return a digest of some numbers of every tensor, which takes no time to speak of."""
    digest = hashlib.sha256()
    for name, tensor in _tensors(network):
        numbers = tensor.detach().reshape(-1)
        some = numbers[:: max(1, numbers.numel() // _SAMPLED)].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        digest.update(some.view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]


def _tensors(network: OwnNetwork) -> Iterator[tuple[str, Tensor]]:
    yield from network.module.named_parameters()
    yield from network.module.named_buffers()
    yield from zip(network.names, network.example, strict=True)


def _named(given: Any) -> tuple[tuple[str, ...], tuple[Tensor, ...]]:  # noqa: ANN401 - as given
    """Return the names and tensors of example inputs."""
    if isinstance(given, Tensor):
        given = (given,)
    if isinstance(given, tuple | list):
        given = {f"input{place}": item for place, item in enumerate(given)}
    if not isinstance(given, Mapping) or not given:
        raise BadFactory(f"the example inputs are {_kind(given)}; expected tensors, one or more")
    for name, item in given.items():
        if not isinstance(name, str) or not isinstance(item, Tensor):
            raise BadFactory(f"the example input {name!r} is {_kind(item)}; expected a tensor")
        if item.dtype not in _DTYPES or item.layout != torch.strided:
            raise BadFactory(
                f"the example input {name!r} is of {item.dtype} and {item.layout}; expected a "
                "dense tensor of floats, integers or truth values"
            )
    return tuple(given), tuple(given.values())


def _require_cpu(module: nn.Module, inputs: Mapping[str, Tensor]) -> None:
    tensors = [*module.named_parameters(), *module.named_buffers(), *inputs.items()]
    for name, tensor in tensors:
        if tensor.device.type != "cpu":
            raise BadFactory(
                f"{name} is on {tensor.device}; expected all on the CPU, from where each case "
                "moves it to its own device"
            )


def _kind(value: object) -> str:
    size = f" of {len(value)}" if isinstance(value, tuple | list | Mapping) else ""
    return f"a {type(value).__name__}{size}"
