"""The CPU provider of onnxruntime-gpu against that of the plain package, of the same version.

Both have the module `onnxruntime`, so that never both are installed: `SCALECURVE_PLAIN_ONNXRUNTIME`
names a folder into which the plain one was installed alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache, default_root
from model_zoo.solve import solve

PLAIN = os.environ.get("SCALECURVE_PLAIN_ONNXRUNTIME", "")
FAMILIES = ("mlp", "cnn", "resnet", "mobilenet", "vit", "encoder", "decoder", "lstm")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

pytestmark = pytest.mark.skipif(
    not PLAIN, reason="SCALECURVE_PLAIN_ONNXRUNTIME names no folder of the plain package"
)


@pytest.mark.parametrize("family", FAMILIES)
def test_both_packages_give_the_same_numbers_to_the_last_bit(family, tmp_path):
    artifact = ArtifactCache(default_root()).make(solve(family, 200_000), "onnx")
    ours, own_file = outputs(artifact, tmp_path / "gpu.npz")
    theirs, plain_file = outputs(artifact, tmp_path / "plain.npz", PYTHONPATH=PLAIN)
    assert Path(plain_file).is_relative_to(Path(PLAIN))
    assert not Path(own_file).is_relative_to(Path(PLAIN))
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def outputs(artifact: Artifact, out: Path, **environment: str) -> tuple[list[np.ndarray], str]:
    """Run the network in a process of its own; return its outputs and the package's file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ort_gpu.outputs", json.dumps(asdict(artifact)), str(out)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, **ONE_THREAD, **environment},
    )
    with np.load(out) as found:
        return [found[name] for name in found.files], done.stdout.strip()
