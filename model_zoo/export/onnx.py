"""A network as an ONNX file: the graph exported without weights, the weights streamed in.

The exporter sees a network on `meta`, so it neither copies nor folds weights. Each large weight
stands in the graph as a promise, kept while the file is written: one tensor in memory at a time.
"""

from __future__ import annotations

import copy
import gc
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import onnx_ir as ir
import torch
from onnx_ir.passes import common as passes
from onnxscript import optimizer
from torch import nn

from model_zoo.build import build, build_on_meta
from model_zoo.export.opaque import make_opaque
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.promises import Weights, drawn, given, may_fold, promise_weights
from model_zoo.export.samples import sample_tensors
from model_zoo.export.stream import slots, write_slots
from model_zoo.export.translations import TRANSLATIONS
from model_zoo.inputs import output_signature, signature
from model_zoo.spec import ModelSpec

MAIN: Final = "model.onnx"
_DATA: Final = "model.onnx.data"
_OPSET: Final = 20
"""What the exporter's functions are written for; every runtime that we know reads it."""
_EXTERNAL_BYTES: Final = 10**9
"""Weights above this go to a file of their own: protocol buffers end at 2 GiB."""
_LEAST_APART: Final = 1024
"""Bytes; smaller tensors stay in the graph's file."""
_MOST_BATCH: Final = 1 << 16


def write(
    spec: ModelSpec, precision: str, folder: Path, *, apart_bytes: int = _EXTERNAL_BYTES
) -> str:
    """Export the network and stream its weights in; return the main file's name.

    Weights of more than `apart_bytes` in all go to a file of their own.
    """
    dtype = DTYPE_OF[precision]
    if not spec.variant:
        module = build_on_meta(spec, dtype).module
        exportable = build_on_meta(spec, dtype).module
        _write_graph(spec, exportable, drawn(spec, module), folder, apart_bytes)
        return MAIN
    module = build(spec, dtype).module
    exportable = copy.deepcopy(module).to("meta")
    _write_graph(spec, exportable, given(module), folder, apart_bytes)
    if spec.transform is not None and spec.transform.is_integer:
        from model_zoo.variants.quantise_onnx import quantise_file

        quantise_file(spec, folder)
    return MAIN


def _write_graph(
    spec: ModelSpec, module: nn.Module, weights: Weights, folder: Path, apart_bytes: int
) -> None:
    """Export a network on `meta`, which is changed, and write it with its weights."""
    tensors = [*module.parameters()]
    stored = sum(weight.numel() * weight.element_size() for weight in tensors)
    make_opaque(module)
    model = _exported(spec, module)
    promise_weights(weights, model.graph)
    _optimize(model)
    if stored > apart_bytes:
        _write_apart(model.graph, folder)
    ir.save(model, folder / MAIN)


def _exported(spec: ModelSpec, module: nn.Module) -> ir.Model:
    """Export the network's graph; its weights have shapes only."""
    dtype = str(next(module.parameters()).dtype).removeprefix("torch.")
    samples = tuple(sample.to("meta") for sample in sample_tensors(spec, dtype))
    batch = torch.export.Dim("batch", min=1, max=_MOST_BATCH)
    with _quiet(), _uncollected():
        program = torch.onnx.export(
            module,
            samples,
            dynamo=True,
            optimize=False,
            verbose=False,
            opset_version=_OPSET,
            input_names=[tensor.name for tensor in signature(spec)],
            output_names=[tensor.name for tensor in output_signature(spec)],
            dynamic_shapes=({0: batch},) * len(samples),
            custom_translation_table=TRANSLATIONS,
        )
    if program is None:
        raise RuntimeError(f"torch.onnx.export gave no program for {spec.slug}")
    return program.model


def _optimize(model: ir.Model) -> None:
    """Simplify the graph; the slow rewriting rules only where there is a norm to fuse."""
    if any(node.op_type == "BatchNormalization" for node in model.graph):
        optimizer.optimize_ir(model, should_fold=may_fold)
        return
    passes.InlinePass()(model)
    optimizer.fold_constants(model, should_fold=may_fold)
    _infer_batch(model.graph)
    passes.RemoveUnusedNodesPass()(model)
    passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)(model)
    passes.DeduplicateInitializersPass()(model)
    passes.CommonSubexpressionEliminationPass()(model)
    passes.RemoveUnusedOpsetsPass()(model)


def _write_apart(graph: ir.Graph, folder: Path) -> None:
    """Write large tensors to a file beside the graph and point to them."""
    values = [
        value for value in graph.initializers.values() if value.const_value.nbytes > _LEAST_APART
    ]
    tensors = [value.const_value for value in values]
    places = slots([(tensor.nbytes, partial(_contents, tensor)) for tensor in tensors])
    write_slots(folder / _DATA, places)
    for value, tensor, place in zip(values, tensors, places, strict=True):
        value.const_value = ir.ExternalTensor(
            location=_DATA,
            offset=place.offset,
            length=place.length,
            dtype=tensor.dtype,
            shape=tensor.shape,
            name=value.name,
            base_dir=folder,
        )


def _contents(tensor: ir.TensorProtocol) -> memoryview:
    return memoryview(tensor.numpy().reshape(-1).view("u1"))


def _infer_batch(graph: ir.Graph) -> None:
    """Write -1 for the batch in shapes that tensors are reshaped to, instead of looking it up."""
    for node in graph:
        shape = node.inputs[1].producer() if node.op_type == "Reshape" else None
        if shape is None or shape.op_type != "Concat":
            continue
        parts = [ir.convenience.get_const_tensor(value) for value in shape.inputs]
        if sum(part is None for part in parts) == 1:
            sizes = [-1 if part is None else int(part.numpy().item()) for part in parts]
            name = f"{node.inputs[0].name}_shape"
            tensor = ir.tensor(sizes, dtype=ir.DataType.INT64, name=name)
            value = ir.Value(
                name=name, shape=tensor.shape, type=ir.TensorType(tensor.dtype), const_value=tensor
            )
            graph.register_initializer(value)
            node.replace_input_with(1, value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter: its own deprecations, and operators of packages that are not here."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(level)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold back the garbage collector: the exporter makes little garbage and many objects."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
