"""An ONNX file of the user's own: read with limits, its axes bound, written anew.

Nothing of it is run here, and no other file is opened than those in its own folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs
from onnx import checker, external_data_helper, helper, inliner, shape_inference

from model_zoo.own.draw import DrawnInput
from model_zoo.own.files import (
    LARGEST_DATA,
    BadFile,
    DeclaredInput,
    UnboundAxis,
    inside,
    require_file,
)
from model_zoo.own.onnx_work import static_shape

MAIN: Final = "model.onnx"
_APART_BYTES: Final = 10**9
"""Weights above this go to a file of their own, as for the zoo's networks."""
_READ_BYTES: Final = 1 << 20
_PRECISIONS: Final = {1: "fp32", 10: "fp16", 11: "fp64", 16: "bf16"}
"""Of ONNX's number formats. Source: ONNX, onnx.proto3, TensorProto.DataType."""


@dataclass(frozen=True, slots=True, eq=False)
class OnnxFile:
    """A file as it was read; weights in other files are not in memory yet."""

    path: Path
    model: onnx.ModelProto
    data: tuple[Path, ...]
    """Files of external data."""

    @property
    def digest(self) -> str:
        """Digest of the file and of all its external data."""
        digest = hashlib.sha256()
        for path in (self.path, *self.data):
            digest.update(f"{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                while part := file.read(_READ_BYTES):
                    digest.update(part)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class BoundFile:
    """A network whose every input has a shape of numbers."""

    model: onnx.ModelProto
    inputs: tuple[DrawnInput, ...]
    precision: str
    """Number format of most of its weights."""


def read_onnx(path: Path) -> OnnxFile:
    """Read a file, and find out where its weights are.

    Raises:
        BadFile: it is no ONNX file, is too large, or takes data from outside its folder.
    """
    require_file(path)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise BadFile(f"{path} is no ONNX file: {error}") from None
    if not model.HasField("graph") or not model.opset_import:
        raise BadFile(f"{path} is no ONNX file: it has no graph, or no operator set")
    places = dict.fromkeys(_locations(model))
    data = tuple(inside(path.parent, place) for place in places)
    total = sum(one.stat().st_size for one in data)
    if total > LARGEST_DATA:
        raise BadFile(f"{path}: {total:,} bytes of external data; refused")
    return OnnxFile(path, model, data)


def bind(
    file: OnnxFile, axes: Mapping[str, int], declared: Iterable[DeclaredInput], batch_size: int
) -> BoundFile:
    """Give every axis of the inputs its size, in a copy with the weights in memory.

    Args:
        file: As read.
        axes: Sizes by the axes' names; one without a name is `<input>.<place>`.
        declared: Ranges that inputs are drawn from.
        batch_size: Size of the inputs' first axis.

    Raises:
        UnboundAxis: a size is missing, names no axis, or does not go with the batch size.
        BadFile: the file contradicts itself, or asks for inputs that cannot be drawn.
    """
    model = onnx.ModelProto()
    model.CopyFrom(file.model)
    try:
        external_data_helper.load_external_data_for_model(model, str(file.path.parent))
        model = inliner.inline_local_functions(model)
    except (ValueError, OSError, checker.ValidationError) as error:
        raise BadFile(f"{file.path}: {error}") from None
    weights = {one.name for one in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    if not inputs:
        raise BadFile(f"{file.path} takes no input: its outputs are the same each time")
    sizes = _sizes(inputs, axes, batch_size)
    for value in inputs:
        _bind_value(value, sizes)
    del model.graph.value_info[:]
    ranges = _ranges(declared, {value.name for value in inputs})
    drawn = tuple(_drawn(value, ranges.get(value.name)) for value in inputs)
    return BoundFile(inferred(model, file.path), drawn, _precision(model))


def inferred(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    """Return the model with every shape that can be worked out.

    Raises:
        BadFile: shapes contradict each other.
    """
    try:
        return shape_inference.infer_shapes(model, data_prop=True)
    except shape_inference.InferenceError as error:
        raise BadFile(f"{path}: {error}") from None
    except ValueError:  # over 2 GB, which the library cannot pass on
        return model


def write_onnx(model: onnx.ModelProto, shapes: list[tuple[int, ...]] | None, folder: Path) -> str:
    """Write the model, with the shapes that its outputs had where they are known.

    Returns:
        The main file's name.
    """
    for value, shape in zip(model.graph.output, shapes or (), strict=shapes is not None):
        kind = value.type.tensor_type.elem_type
        value.CopyFrom(helper.make_tensor_value_info(value.name, kind, shape))
    del model.graph.value_info[:]
    apart = sum(tensor.ByteSize() for tensor in model.graph.initializer) > _APART_BYTES
    onnx.save_model(
        model,
        str(folder / MAIN),
        save_as_external_data=apart,
        location=f"{MAIN}.data" if apart else None,
    )
    return MAIN


def _locations(model: onnx.ModelProto) -> Iterator[str]:
    """Yield where tensors of the whole file are, in branches and functions too."""
    graphs = [model.graph, *(node for function in model.functions for node in function.node)]
    for tensor in _tensors(graphs):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            yield entries.get("location", "")


def _tensors(parts: Iterable[Any]) -> Iterator[onnx.TensorProto]:
    """Yield every tensor of graphs and nodes, and of what is inside them."""
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, onnx.NodeProto):
            for attribute in part.attribute:
                yield from (attribute.t, *attribute.tensors)
                sparse = (attribute.sparse_tensor, *attribute.sparse_tensors)
                for one in sparse:
                    yield from (one.values, one.indices)
                waiting += [attribute.g, *attribute.graphs]
            continue
        yield from part.initializer
        for one in part.sparse_initializer:
            yield from (one.values, one.indices)
        waiting += part.node


def _sizes(
    inputs: list[onnx.ValueInfoProto], axes: Mapping[str, int], batch_size: int
) -> dict[str, int]:
    """Return the size of every axis without one, by its name."""
    named = [_names(value) for value in inputs]
    open_ = dict.fromkeys(name for names in named for name in names if isinstance(name, str))
    first = [names[0] for names in named if names]
    batches = {name for name in first if isinstance(name, str)}
    sizes = dict.fromkeys(batches - set(axes), batch_size) | dict(axes)
    strange = [name for name in axes if name not in open_]
    if strange:
        there = ", ".join(open_) or "none: every size is in the file"
        raise UnboundAxis(f"no axis {strange[0]!r} among the inputs; there are {there}")
    missing = [name for name in open_ if name not in sizes]
    if missing:
        wanted = ",".join(f"{name}=SIZE" for name in missing)
        raise UnboundAxis(f"axes without a size: give --axis {wanted}")
    _require_batch([sizes[name] if isinstance(name, str) else name for name in first], batch_size)
    return sizes


def _require_batch(first: list[int], batch_size: int) -> None:
    """Check that the items of a pass are what the case says: its throughput counts them."""
    if batch_size != 1 and set(first) != {batch_size}:
        found = ", ".join(map(str, sorted(set(first))))
        raise UnboundAxis(
            f"a batch of {batch_size} was asked for; the inputs' first axes are of size {found}"
        )


def _names(value: onnx.ValueInfoProto) -> list[int | str]:
    """Return the size of each axis, or its name where it has none."""
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        raise BadFile(f"input {value.name!r} is no tensor with a known number of axes")
    sizes = value.type.tensor_type.shape.dim
    return [
        int(size.dim_value)
        if size.HasField("dim_value") and size.dim_value > 0
        else size.dim_param or f"{value.name}.{place}"
        for place, size in enumerate(sizes)
    ]


def _bind_value(value: onnx.ValueInfoProto, sizes: Mapping[str, int]) -> None:
    names = _names(value)
    for name, size in zip(names, value.type.tensor_type.shape.dim, strict=True):
        size.dim_value = sizes[name] if isinstance(name, str) else name


def _ranges(declared: Iterable[DeclaredInput], names: set[str]) -> dict[str, DeclaredInput]:
    found = {one.name: one for one in declared}
    strange = [name for name in found if name not in names]
    if strange:
        raise BadFile(f"no input {strange[0]!r}; there are {', '.join(sorted(names))}")
    return found


def _drawn(value: onnx.ValueInfoProto, declared: DeclaredInput | None) -> DrawnInput:
    """Return what is drawn for one input; the file says its type."""
    kind = value.type.tensor_type.elem_type
    try:
        name = np.dtype(helper.tensor_dtype_to_np_dtype(kind)).name
    except (KeyError, TypeError):
        name = ""
    if declared is not None and declared.type and declared.type != name:
        raise BadFile(f"input {value.name!r} is of {name} in the file, not of {declared.type}")
    return DrawnInput(
        name=value.name,
        type=name,
        shape=static_shape(value) or (),
        low=None if declared is None else declared.low,
        high=None if declared is None else declared.high,
    )


def _precision(model: onnx.ModelProto) -> str:
    """Return the format of most numbers among the weights, else of the first float input."""
    counts: dict[str, int] = {}
    for tensor in model.graph.initializer:
        name = _PRECISIONS.get(tensor.data_type)
        if name:
            counts[name] = counts.get(name, 0) + int(np.prod(tensor.dims, dtype=np.int64))
    kinds = (value.type.tensor_type.elem_type for value in model.graph.input)
    first = next((_PRECISIONS[kind] for kind in kinds if kind in _PRECISIONS), "fp32")
    return max(counts, key=lambda name: counts[name]) if counts else first
