"""One large network exported to ONNX, by the zoo or plainly, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import onnxscript  # noqa: F401 - both ways need it; importing it is not part of either
import torch

from model_zoo.export.cache import ArtifactCache
from model_zoo.solve import parameter_count, solve
from model_zoo.spec import ModelSpec
from tests.bench import peak
from tests.bench.child import answer


def main(what: str, family: str, size: int, folder: Path) -> None:
    """Export into `folder`; print seconds and the bytes that the peak rose by."""
    spec = solve(family, size)
    export = _zoo if what == "zoo" else _plain
    peak.reset()
    base = peak.peak_bytes()
    seconds = export(spec, folder)
    peak_bytes = peak.peak_bytes()
    answer(
        {
            "seconds": seconds,
            "rise": peak_bytes - base,
            "peak": peak_bytes,
            "count": parameter_count(spec),
        }
    )


def _zoo(spec: ModelSpec, folder: Path) -> float:
    start = perf_counter()
    ArtifactCache(folder).make(spec, "onnx")
    return perf_counter() - start


def _plain(spec: ModelSpec, folder: Path) -> float:
    """Export as the exporter's documentation does; the module is there before the clock starts."""
    from model_zoo.build import build
    from model_zoo.inputs import example_inputs

    module = build(spec).module
    samples = tuple(torch.from_numpy(array) for array in example_inputs(spec, 1))
    folder.mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    program: Any = torch.onnx.export(module, samples, dynamo=True, verbose=False)
    program.save(str(folder / "model.onnx"), external_data=True)
    return perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
