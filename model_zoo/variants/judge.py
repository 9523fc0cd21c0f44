"""How near an artifact is to the plain network, and how many of its weights are not zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from model_zoo.build import build
from model_zoo.export.artifact import Artifact
from model_zoo.export.precision import BYTES_OF
from model_zoo.inputs import example_inputs
from model_zoo.spec import ModelSpec
from model_zoo.variants.account import account
from model_zoo.variants.facts import Account, Facts, Fidelity
from model_zoo.variants.name import Kind

FIRST_INDEX: Final = 2_000
"""Of the example inputs that judge; none that outputs are verified or scales calibrated on."""
_MOST_ITEMS: Final = 64
_LEAST_ITEMS: Final = 8
_FLOPS: Final = 100_000_000_000
"""That all items may take together: about two seconds of one core."""

Arrays = Sequence[NDArray[Any]]
Run = Callable[[Arrays], Arrays]


def judge(artifact: Artifact) -> Facts:
    """Run an artifact and the plain network on the same items, and count what is stored.

    Args:
        artifact: Of a variant, whole, its facts not yet known.

    Raises:
        ImportError: what the format is run by is not installed.
    """
    spec = artifact.spec
    varied = build(spec).module
    counted = _counted(spec, varied, BYTES_OF[artifact.precision])
    items = max(_LEAST_ITEMS, min(_MOST_ITEMS, _FLOPS // max(counted.flops, 1)))
    given = [example_inputs(spec, 1, FIRST_INDEX + place) for place in range(items)]
    run = _run_of(artifact, varied)
    ours = [run(arrays) for arrays in given]
    del varied, run
    plain = _run_module(build(spec.parent).module)
    return Facts(account=counted, fidelity=fidelity(ours, (plain(arrays) for arrays in given)))


def fidelity(ours: Iterable[Arrays], parents: Iterable[Arrays]) -> Fidelity:
    """Hold outputs, each (batch, ...), against the plain network's for the same items."""
    squares = size = 0.0
    same = rows = items = 0
    for found, wanted in zip(ours, parents, strict=True):
        for one, other in zip(found, wanted, strict=True):
            squares += float(np.square(one.astype(np.float64) - other).sum())
            size += float(np.square(other.astype(np.float64)).sum())
        agree = found[0].argmax(axis=-1) == wanted[0].argmax(axis=-1)
        same, rows, items = same + int(agree.sum()), rows + agree.size, items + len(found[0])
    error = (squares / size) ** 0.5 if size else 0.0
    return Fidelity(relative_error=error, top1_agreement=same / max(rows, 1), items=items)


def _counted(spec: ModelSpec, module: nn.Module, bytes_per_weight: int) -> Account:
    """Return what the spec says, with what only the weights can say: zeros, and found ranks."""
    paper = account(spec, bytes_per_weight)
    weights = list(module.parameters())
    nonzero = sum(int(weight.count_nonzero()) for weight in weights)
    stored = sum(weight.numel() for weight in weights)
    if spec.transform is None or spec.transform.kind is not Kind.SVD_ENERGY:
        return replace(paper, nonzero_parameters=nonzero)
    return replace(
        paper,
        stored_parameters=stored,
        nonzero_parameters=nonzero,
        stored_bytes=stored * bytes_per_weight,
        flops=_counted_flops(spec, module),
    )


def _counted_flops(spec: ModelSpec, module: nn.Module) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        module(*map(torch.from_numpy, example_inputs(spec, 1)))
    return int(counter.get_total_flops())


def _run_of(artifact: Artifact, module: nn.Module) -> Run:
    """Return what runs an artifact: the file where integers are multiplied, else the network."""
    variant = artifact.spec.transform
    if variant is not None and variant.kind is Kind.AUTOCAST:
        return _run_module(module, autocast=True)
    if variant is None or not variant.is_integer:
        return _run_module(module)
    if artifact.format == "onnx":
        return _run_onnx(artifact.path)
    from model_zoo.variants.keep import load_variant

    return _run_module(load_variant(artifact))


def _run_module(module: nn.Module, *, autocast: bool = False) -> Run:
    def run(given: Arrays) -> Arrays:
        tensors = [torch.from_numpy(array) for array in given]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            outputs = module(*tensors)
        flat = outputs if isinstance(outputs, tuple) else (outputs,)
        return [item.float().numpy() for item in flat]

    return run


def _run_onnx(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]

    def run(given: Arrays) -> Arrays:
        outputs: Arrays = session.run(None, dict(zip(names, given, strict=True)))
        return outputs

    return run
