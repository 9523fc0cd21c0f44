"""Weights as one plain file: little-endian tensors end to end, named in a manifest; no pickle."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from model_zoo.build import build_on_meta, materialise
from model_zoo.export.artifact import Artifact
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.stream import slots, write_slots
from model_zoo.fill import Filling, fill, fillings, seed_of
from model_zoo.spec import ModelSpec

WEIGHTS: Final = "weights.bin"
INDEX: Final = "tensors.json"


def raw_bytes(tensor: Tensor) -> memoryview:
    """Return the tensor's own memory, (bytes,)."""
    return tensor.detach().reshape(-1).view(torch.uint8).numpy().data


def write(spec: ModelSpec, precision: str, folder: Path) -> str:
    """Write the weights' file and its index; return the main file's name."""
    if sys.byteorder != "little":
        raise OSError("weights are kept as little-endian bytes; this machine is big-endian")
    if spec.variant:
        from model_zoo.variants.keep import write_variant

        return write_variant(spec, DTYPE_OF[precision], folder)
    module = build_on_meta(spec, DTYPE_OF[precision]).module
    tensors = [(name, tensor, filling) for name, tensor, filling in fillings(module)]
    places = slots(
        [
            (tensor.nbytes, partial(_contents, tensor, filling, seed_of(spec, name)))
            for name, tensor, filling in tensors
        ]
    )
    write_slots(folder / WEIGHTS, places)
    index = [
        {"name": name, "shape": list(tensor.shape), "offset": place.offset}
        for (name, tensor, _), place in zip(tensors, places, strict=True)
    ]
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return WEIGHTS


def _contents(tensor: Tensor, filling: Filling, seed: int) -> memoryview:
    values = torch.empty(tensor.shape, dtype=tensor.dtype)
    fill(values, filling, seed)
    return raw_bytes(values)


def load(artifact: Artifact) -> nn.Module:
    """Return the network of a `torch` artifact, read straight into its tensors.

    Raises:
        OSError: a file is missing or shorter than its index says.
        ValueError: the index is not this network's.
    """
    if artifact.spec.variant:
        from model_zoo.variants.keep import load_variant

        return load_variant(artifact)
    module = build_on_meta(artifact.spec, DTYPE_OF[artifact.precision]).module
    materialise(module)
    index = json.loads((artifact.path.parent / INDEX).read_text(encoding="utf-8"))
    places = {entry["name"]: (entry["offset"], tuple(entry["shape"])) for entry in index}
    # Unbuffered: a buffer would copy every tensor once more.
    with artifact.path.open("rb", buffering=0) as file:
        for name, tensor, _ in fillings(module):
            offset, shape = places.pop(name, (0, None))
            if shape != tuple(tensor.shape):
                raise ValueError(f"{artifact.path}: {name} is {shape}, not {tuple(tensor.shape)}")
            file.seek(offset)
            read_into(file, raw_bytes(tensor), artifact.path)
    return module


def read_into(file: Any, memory: memoryview, path: Path) -> None:  # noqa: ANN401 -- see below
    """Fill memory from an unbuffered file: typeshed has no name for one that can `readinto`."""
    while memory:
        count = file.readinto(memory)
        if not count:
            raise OSError(f"{path} ends {len(memory)} bytes early; remove it to have it remade")
        memory = memory[count:]
