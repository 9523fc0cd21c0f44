"""A variant's weights as one plain file, integers as integers, and back into a network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from model_zoo.build import DTYPES, build, materialise
from model_zoo.export.artifact import Artifact
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.stream import slots, write_slots
from model_zoo.export.weights import INDEX, WEIGHTS, raw_bytes, read_into
from model_zoo.families import load_family
from model_zoo.spec import ModelSpec
from model_zoo.variants.calibrate import INT8_MOST, calibration_inputs, input_ranges
from model_zoo.variants.low_rank import factor_to
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.quantise import (
    Integers,
    pack_int4,
    quantised_layers,
    to_integers,
    unpack_int4,
)
from model_zoo.variants.shape import real_sizes

_SCALES: Final = ".scales"
_INPUT_SCALE: Final = ".input_scale"
_FIRST_FACTOR: Final = ".0.weight"
_KINDS: Final = {"int8": torch.int8, "uint8": torch.uint8, **DTYPES}


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """One tensor in the file."""

    name: str
    tensor: Tensor

    @property
    def dtype(self) -> str:
        return str(self.tensor.dtype).removeprefix("torch.")


def write_variant(spec: ModelSpec, dtype: str, folder: Path) -> str:
    """Write the weights' file and its index; return the main file's name."""
    module = build(spec).module
    entries = list(_entries(spec, module, DTYPES[dtype]))
    places = slots([(entry.tensor.nbytes, partial(raw_bytes, entry.tensor)) for entry in entries])
    write_slots(folder / WEIGHTS, places)
    index = [
        {
            "name": entry.name,
            "shape": list(entry.tensor.shape),
            "offset": place.offset,
            "dtype": entry.dtype,
        }
        for entry, place in zip(entries, places, strict=True)
    ]
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return WEIGHTS


def _entries(spec: ModelSpec, module: nn.Module, dtype: torch.dtype) -> Iterator[_Entry]:
    variant = spec.transform
    layers = quantised_layers(module, variant) if variant and variant.is_integer else {}
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        owner = name.removesuffix(".weight")
        if variant is None or owner == name or owner not in layers:
            yield _Entry(name, tensor.detach().to(dtype).contiguous())
            continue
        integers = to_integers(tensor, variant)
        is_packed = variant.kind is Kind.INT4_WEIGHT
        yield _Entry(name, pack_int4(integers.values) if is_packed else integers.values)
        yield _Entry(name + _SCALES, integers.scales.contiguous())
    if variant is not None and variant.kind is Kind.INT8_STATIC:
        ranges = input_ranges(module, layers, calibration_inputs(spec))
        for owner, (largest, axes) in ranges.items():
            scale = torch.full((1,) * axes, largest / INT8_MOST)
            yield _Entry(owner + _INPUT_SCALE, scale)


def load_variant(artifact: Artifact) -> nn.Module:
    """Return the network of a `torch` artifact of a variant; integers stay integers.

    Raises:
        OSError: a file is missing or shorter than its index says.
        ValueError: the index is not this network's.
        ImportError: the weights are integers, and torchao is not installed.
    """
    variant = artifact.spec.transform
    index = json.loads((artifact.path.parent / INDEX).read_text(encoding="utf-8"))
    known = {entry["name"]: entry for entry in index}
    module = _empty(artifact, known)
    layers = quantised_layers(module, variant) if variant and variant.is_integer else {}
    shapes = {name: tuple(layer.weight.shape) for name, layer in layers.items()}
    for layer in layers.values():
        layer.register_parameter("weight", None)
    materialise(module)
    with artifact.path.open("rb", buffering=0) as file:
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            _fill(file, known.get(name), name, tensor, artifact.path)
        for name, layer in layers.items():
            if variant is not None:
                layer.register_parameter(
                    "weight", _integer_weight(file, known, name, variant, shapes[name][1])
                )
    return module


def _empty(artifact: Artifact, known: Mapping[str, Any]) -> nn.Module:
    """Return the network on `meta`; of what ranks its factors are, the index tells."""
    spec = artifact.spec
    with torch.device("meta"):
        module = load_family(spec.family).build(real_sizes(spec))
    module = module.to(DTYPES[DTYPE_OF[artifact.precision]])
    module.requires_grad_(requires_grad=False).eval()
    if spec.transform is not None and spec.transform.kind in {Kind.SVD, Kind.SVD_ENERGY}:
        firsts = [name for name in known if name.endswith(_FIRST_FACTOR)]
        factor_to(module, {n.removesuffix(_FIRST_FACTOR): known[n]["shape"][0] for n in firsts})
    return module


def _fill(file: Any, entry: Any, name: str, tensor: Tensor, path: Path) -> None:  # noqa: ANN401 -- as in `weights`
    shape = None if entry is None else tuple(entry["shape"])
    if entry is None or shape != tuple(tensor.shape):
        raise ValueError(f"{path}: {name} is {shape}, not {tuple(tensor.shape)}")
    file.seek(entry["offset"])
    read_into(file, raw_bytes(tensor), path)


def _read(file: Any, known: Mapping[str, Any], name: str) -> Tensor:  # noqa: ANN401 -- as above
    if name not in known:
        raise ValueError(f"{file.name}: there is no {name}")
    entry = known[name]
    tensor = torch.empty(entry["shape"], dtype=_KINDS[entry["dtype"]])
    _fill(file, entry, name, tensor, Path(file.name))
    return tensor


def _integer_weight(
    file: Any,  # noqa: ANN401 -- as above
    known: Mapping[str, Any],
    layer: str,
    variant: Variant,
    inputs: int,
) -> nn.Parameter:
    from model_zoo.variants.torchao_weights import weight_of

    values, scales = (_read(file, known, f"{layer}.weight{end}") for end in ("", _SCALES))
    if variant.kind is Kind.INT4_WEIGHT:
        values = unpack_int4(values, inputs)
    is_static = variant.kind is Kind.INT8_STATIC
    input_scale = _read(file, known, layer + _INPUT_SCALE) if is_static else None
    return weight_of(Integers(values, scales), variant, input_scale)
