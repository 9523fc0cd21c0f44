"""Engines by what they depend on: kept beside the artifacts, made once, whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from harness.backends.tensorrt_api import TensorRT
from harness.backends.tensorrt_build import build
from harness.backends.tensorrt_flavour import TIMING_CACHE
from harness.backends.tensorrt_order import Order
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.export.folder import make_folder, read_manifest

_FILE: Final = "engine.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine on disk, and what its manifest says."""

    path: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: Mapping[str, str]
    layers: int
    """Of the network, before it was compiled."""
    weights: int
    bytes: int
    parse_ns: int
    build_ns: int
    """Time that the library took to build it, when that was done."""
    sha256: str


Maker = Callable[[Artifact, Order, str], None]
"""Leaves the engine that was ordered in its folder, built on the device that is named."""


def find_engine(artifact: Artifact, order: Order) -> Engine | None:
    """Return an engine that is there and whole; None where it must be made."""
    folder = engine_folder(artifact, order)
    manifest = read_manifest(folder)
    return None if manifest is None else _engine(folder, manifest)


def ordered_engine(artifact: Artifact, order: Order, device: str, maker: Maker) -> Engine:
    """Return the engine, making it where it is missing.

    Raises:
        PreparationError: it cannot be made.
    """
    engine = find_engine(artifact, order)
    if engine is not None:
        return engine
    maker(artifact, order, device)
    engine = find_engine(artifact, order)
    if engine is None:
        detail = f"the builder left no engine in {engine_folder(artifact, order)}"
        raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
    return engine


def make_engine(trt: TensorRT, artifact: Artifact, order: Order) -> Engine:
    """Build the engine in this process, where no other has done so meanwhile.

    Raises:
        PreparationError: the library refuses the network.
        OSError: the folder cannot be written.
    """
    folder = engine_folder(artifact, order)
    timings = folder.with_name(f"timing-{order.flavour}-{order.kernels_digest}.cache")

    def write(aside: Path) -> Mapping[str, Any]:
        wanted = timings if order.option(TIMING_CACHE.name) == "1" else None
        built = build(trt, order, artifact.path, wanted)
        (aside / _FILE).write_bytes(built.engine)
        said = {
            "settings": dict(built.settings),
            "inputs": built.inputs,
            "outputs": built.outputs,
            "layers": built.layers,
            "weights": built.weights,
            "parse_ns": built.parse_ns,
            "build_ns": built.build_ns,
        }
        return {**said, "order": asdict(order)}

    return _engine(folder, make_folder(folder, write))


def engine_folder(artifact: Artifact, order: Order) -> Path:
    """Return where the engine is kept: beside the artifact's folder."""
    name = f"{order.flavour}-engine-{order.precision}-sm{order.sm}-{order.digest}"
    return Path(artifact.folder).parent / name


def _engine(folder: Path, manifest: Mapping[str, Any]) -> Engine:
    return Engine(
        path=folder / _FILE,
        inputs=tuple(manifest["inputs"]),
        outputs=tuple(manifest["outputs"]),
        settings=manifest["settings"],
        layers=manifest["layers"],
        weights=manifest["weights"],
        bytes=manifest["files"][_FILE],
        parse_ns=manifest["parse_ns"],
        build_ns=manifest["build_ns"],
        sha256=manifest["sha256"],
    )
