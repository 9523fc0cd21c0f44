"""`python -m tests.ort_gpu.outputs ARTIFACT OUT`: run an exported network once on the CPU.

ARTIFACT is its description as JSON. OUT gets the outputs; the path of the package that made them
is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from harness.backends.onnxruntime import OnnxRuntimeBackend
from harness.core.case import Target
from harness.core.wire import decode
from model_zoo.export.artifact import Artifact
from model_zoo.inputs import example_inputs


def main(description: str, out: Path) -> None:
    """Run it at batch 2 on one thread."""
    artifact = decode(description.encode(), Artifact)
    backend = OnnxRuntimeBackend()
    with backend.prepare(artifact, Target(backend="onnxruntime"), 2) as model:
        model.bind(example_inputs(artifact.spec, 2))
        model.run()
        np.savez(out, *model.outputs())
    print(sys.modules["onnxruntime"].__file__)  # noqa: T201 - the answer of this program


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
