"""One small network in every format and precision, and ways to break it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.backends.base import Arrays, PreparedModel
from harness.backends.fake import FakeBackend
from harness.backends.registry import entry, load
from harness.core.case import Target
from model_zoo.cost import Cost, cost
from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

SPEC = solve("mlp", 20_000)

Change = Callable[[np.ndarray], np.ndarray]


class Zoo:
    """Artifacts of one spec, made once a test session."""

    def __init__(self, folder: Path) -> None:
        self.cache = ArtifactCache(folder)
        self.spec: ModelSpec = SPEC
        self.cost: Cost = cost(SPEC)

    def artifact(self, target: Target) -> Artifact:
        """Return the network in the format and precision that the target starts from."""
        form = entry(target.backend).artifact_format or "torch"
        return self.cache.make(self.spec, form, target.precision)

    def inputs(self, batch_size: int = 1, index: int = 0) -> Arrays:
        return example_inputs(self.spec, batch_size, index)

    def reference(self, target: Target, batch_size: int = 1, index: int = 0) -> Arrays:
        """Return what the target's outputs must be."""
        if target.backend == "fake":
            return FakeBackend.reference(self.spec, batch_size, index)
        return self.cache.make_reference(self.spec, batch_size).outputs(index)

    @contextmanager
    def prepared(
        self, target: Target, batch_size: int = 1, artifact: Artifact | None = None
    ) -> Iterator[PreparedModel]:
        """Prepare the network, with the first example inputs bound."""
        backend = load(target.backend)
        with backend.prepare(artifact or self.artifact(target), target, batch_size) as model:
            model.bind(self.inputs(batch_size))
            yield model

    def broken(self, target: Target, change: Change, folder: Path) -> tuple[Target, Artifact]:
        """Copy the artifact, and change the weights of its first dense layer."""
        whole = self.artifact(target)
        shutil.copytree(whole.folder, folder)
        artifact = replace(whole, folder=str(folder))
        _CHANGERS[whole.format](artifact.path, change)
        return target, artifact


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return Zoo(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="session")
def require() -> Callable[[Target], Target]:
    """Skip, with the reason printed, where a target is not available here."""

    def check(target: Target) -> Target:
        reason = load(target.backend).availability(target)
        if reason is not None:
            pytest.skip(f"{target.backend} on {target.device} in {target.precision}: {reason}")
        return target

    return check


def _change_raw(path: Path, change: Change) -> None:
    index = json.loads((path.parent / "tensors.json").read_text(encoding="utf-8"))
    tensor = next(item for item in index if len(item["shape"]) > 1)
    weights = np.memmap(
        path, np.float32, "r+", offset=tensor["offset"], shape=tuple(tensor["shape"])
    )
    weights[:] = change(np.array(weights))
    weights.flush()


def _change_torchscript(path: Path, change: Change) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.", DeprecationWarning)
        read: Callable[..., torch.jit.ScriptModule] = torch.jit.load
        module = read(path)
        weights = next(tensor for tensor in module.parameters() if tensor.dim() > 1)
        with torch.no_grad():
            weights.copy_(torch.from_numpy(change(weights.detach().numpy())))
        torch.jit.save(module, path)


def _change_onnx(path: Path, change: Change) -> None:
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    weights = next(item for item in model.graph.initializer if len(item.dims) > 1)
    changed = change(numpy_helper.to_array(weights)).astype(np.float32)
    weights.CopyFrom(numpy_helper.from_array(changed, weights.name))
    onnx.save(model, path)


_CHANGERS = {"torch": _change_raw, "torchscript": _change_torchscript, "onnx": _change_onnx}
