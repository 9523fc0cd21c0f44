"""A network as an ONNX file: the graph exported without weights, the weights streamed in.

The exporter sees a network on `meta`, so it neither copies nor folds weights. Each weight then
stands in the graph as a promise that is kept while the file is written: one tensor in memory at a
time.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from onnxscript import opset20 as op
from onnxscript import optimizer
from torch import nn

from model_zoo.build import build_on_meta
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.samples import sample_tensors
from model_zoo.fill import fill, fillings, seed_of
from model_zoo.inputs import output_signature, signature
from model_zoo.spec import ModelSpec

MAIN: Final = "model.onnx"
_DATA: Final = "model.onnx.data"
_OPSET: Final = 20
"""What onnxscript's functions are written for, and older than any runtime that we know."""
_EXTERNAL_BYTES: Final = 10**9
"""Weights above this go to a file of their own: protocol buffers end at 2 GiB."""
_LEAST_LAZY: Final = 1024
"""Tensors below this many numbers are put in at once, so that the optimizer can use them."""


def write(spec: ModelSpec, precision: str, folder: Path) -> str:
    """Export the network and stream its weights in; return the main file's name."""
    built = build_on_meta(spec, DTYPE_OF[precision])
    model = _graph(spec, built.module, DTYPE_OF[precision])
    _promise_weights(spec, built.module, model)
    _turn_weights(model)
    optimizer.optimize_ir(model, should_fold=_should_fold)
    stored = sum(tensor.numel() * tensor.element_size() for tensor in built.module.parameters())
    external = _DATA if stored > _EXTERNAL_BYTES else None
    ir.save(model, folder / MAIN, external_data=external)
    return MAIN


def _graph(spec: ModelSpec, module: nn.Module, dtype: str) -> ir.Model:
    """Export the network's graph; its weights have shapes only."""
    samples = tuple(sample.to("meta") for sample in sample_tensors(spec, dtype))
    batch = torch.export.Dim("batch", min=1, max=1 << 16)
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations: in torch, not here
        quiet.setLevel(logging.ERROR)
        try:
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
            )
        finally:
            quiet.setLevel(level)
    if program is None:
        raise RuntimeError(f"torch.onnx.export gave nothing for {spec.slug}")
    return program.model


def _promise_weights(spec: ModelSpec, module: nn.Module, model: ir.Model) -> None:
    """Replace every weight on `meta` by a promise of its values."""
    initializers = model.graph.initializers
    for name, tensor, filling in fillings(module):
        if name not in initializers:
            continue

        def values(tensor=tensor, filling=filling, seed=seed_of(spec, name)) -> ir.Tensor:
            made = torch.empty(tensor.shape, dtype=tensor.dtype)
            fill(made, filling, seed)
            return _as_ir(made)

        value = initializers[name]
        lazy = tensor.numel() >= _LEAST_LAZY
        value.const_value = _promise(value, values) if lazy else values()


def _promise(value, values):
    return ir.LazyTensor(values, dtype=value.dtype, shape=value.shape, name=value.name, cache=False)

def _as_ir(t):
    from torch.onnx._internal.exporter._core import TorchTensor
    return TorchTensor(t)

def _turn_weights(model): pass

def _should_fold(node):
    for x in node.inputs:
        if x is not None and isinstance(x.const_value, ir.LazyTensor): return False
    return None
