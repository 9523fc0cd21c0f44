"""A network of the user's own as a TorchScript or ONNX file, for one batch size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import onnx_ir as ir
import torch
from torch import Tensor
from torch.jit import TracerWarning  # type: ignore[attr-defined]  # torch leaves it out of `__all__`

from model_zoo.build import DTYPES
from model_zoo.export.precision import DTYPE_OF
from model_zoo.own.facts import OwnFacts
from model_zoo.own.load import same_network
from model_zoo.own.network import Positional

_OPSET: Final = 20
"""As for the zoo's networks."""
_EXTERNAL_BYTES: Final = 10**9
"""Weights above this go to a file of their own, as for the zoo's networks."""


def write(facts: OwnFacts, form: str, precision: str, folder: Path) -> str:
    """Export the network for its facts' batch; return the main file's name."""
    dtype = DTYPES[DTYPE_OF[precision]]
    network = same_network(facts)
    network.module.to(dtype=dtype)
    module = Positional(network).eval()
    tensors = (torch.from_numpy(array) for array in facts.inputs(0))
    samples = tuple(item.to(dtype) if item.is_floating_point() else item for item in tensors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # exporters warn of their own deprecations
        warnings.filterwarnings("ignore", category=TracerWarning)
        return _WRITERS[form](module, samples, folder)


def _torchscript(module: Positional, samples: tuple[Tensor, ...], folder: Path) -> str:
    main = "model.pt"
    with torch.inference_mode():
        # torch leaves `trace` without annotations.
        traced = torch.jit.trace(module, samples, check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, folder / main)
    return main


def _onnx(module: Positional, samples: tuple[Tensor, ...], folder: Path) -> str:
    main = "model.onnx"
    program: Any = torch.onnx.export(
        module,
        samples,
        dynamo=True,
        verbose=False,
        opset_version=_OPSET,
        input_names=[f"input{place}" for place in range(len(samples))],
    )
    weights = sum(item.numel() * item.element_size() for item in module.parameters())
    apart = f"{main}.data" if weights > _EXTERNAL_BYTES else None
    ir.save(program.model, folder / main, external_data=apart)
    return main


Write = Callable[[Positional, tuple[Tensor, ...], Path], str]
_WRITERS: Final[dict[str, Write]] = {"torchscript": _torchscript, "onnx": _onnx}
