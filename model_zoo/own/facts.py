"""What is found out of a network by making and running it once. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_zoo.export.folder import read_manifest
from model_zoo.own.inputs import Arrays
from model_zoo.spec import ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """One network at one batch size, its inputs and reference outputs on disk."""

    spec: ModelSpec
    batch_size: int
    folder: str
    """Holds `input<index>-tensor<place>.npy` and `input<index>-output<place>.npy`; text, so that it
    crosses a pipe."""
    identity: str
    """Digest of the factory's sources, and of every weight and example input."""
    fingerprint: str
    """Of the weights, for processes that make the network anew."""
    parameter_count: int
    flops: int | None
    """Of one pass of the batch, as `torch.utils.flop_counter` counts them; None where it cannot."""
    flops_reason: str
    """Why there is no count of operations; empty where there is one."""
    depth: int
    """Matrix products of a pass: no path has more of them."""
    widest: int
    """Terms of the longest sum."""
    float_elements: int
    """Floating numbers in inputs and outputs."""
    other_bytes: int
    """Size of all other inputs and outputs."""
    input_names: tuple[str, ...]
    by_name: bool
    """Whether the module takes its inputs by name."""
    output_shapes: tuple[tuple[int, ...], ...]
    main: str = ""
    """Name of the file in the folder that a runtime opens; empty where a factory makes all."""
    precision: str = ""
    """Number format of a file's weights; empty where a case's precision decides it."""
    reference_by: str = "eager fp64"
    """What gave the outputs that others are held against."""
    ignores_inputs: bool = False
    """Whether a file's own outputs are the same for both inputs."""

    def inputs(self, index: int) -> Arrays:
        """Read the inputs `index`, in the network's order, each (batch, ...)."""
        return read_inputs(Path(self.folder), index)

    def lower_bound(self, bytes_per_weight: int) -> int:
        """Return the bytes of weights, inputs and outputs: no runtime needs fewer."""
        return (self.parameter_count + self.float_elements) * bytes_per_weight + self.other_bytes


def read_inputs(folder: Path, index: int) -> Arrays:
    """Read the inputs `index` of a folder, in the network's order, each (batch, ...)."""
    files = sorted(folder.glob(f"input{index}-tensor*.npy"))
    return tuple(np.load(file, allow_pickle=False) for file in files)


def read_facts(folder: Path) -> OwnFacts | None:
    """Return the facts in a whole folder; None where it is missing or broken."""
    manifest = read_manifest(folder)
    return None if manifest is None else facts_of(folder, manifest)


def facts_of(folder: Path, manifest: Mapping[str, Any]) -> OwnFacts:
    """Return the facts that the manifest of a folder holds."""
    facts: dict[str, Any] = manifest["facts"]
    return OwnFacts(
        **{
            **facts,
            "spec": ModelSpec.from_record(manifest["spec"]),
            "folder": str(folder),
            "input_names": tuple(facts["input_names"]),
            "output_shapes": tuple(tuple(shape) for shape in facts["output_shapes"]),
        }
    )
