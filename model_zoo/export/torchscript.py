"""A network as a TorchScript file: traced in evaluation mode, weights inside."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import torch
from torch.jit import TracerWarning  # type: ignore[attr-defined]  # torch leaves it out of `__all__`

from model_zoo.build import build
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.samples import sample_tensors
from model_zoo.spec import ModelSpec

_MAIN: Final = "model.pt"


def write(spec: ModelSpec, precision: str, folder: Path) -> str:
    """Trace and save the network; return the main file's name."""
    module = build(spec, DTYPE_OF[precision]).module
    samples = sample_tensors(spec, DTYPE_OF[precision])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        # `nn.LSTM` checks its input's width in Python: that check need not be traced.
        warnings.filterwarnings("ignore", category=TracerWarning)
        # torch leaves `trace` without annotations.
        traced = torch.jit.trace(module, samples, check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, folder / _MAIN)
    return _MAIN
