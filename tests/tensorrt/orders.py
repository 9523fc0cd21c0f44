"""Orders of engines as the backend makes them."""

from __future__ import annotations

from harness.backends.tensorrt_api import TensorRT, version_of
from harness.backends.tensorrt_flavour import CUDA_GRAPH, FOR_RTX
from harness.backends.tensorrt_order import Order
from model_zoo.export.artifact import Artifact


def order_of(
    trt: TensorRT, artifact: Artifact, sm: int, batch_size: int = 1, **options: str
) -> Order:
    """Order an engine for a GPU that need not be here; options not given are the defaults."""
    asked = {one.name: options.get(one.name, one.values[0]) for one in FOR_RTX.options}
    del asked[CUDA_GRAPH.name]
    return Order(
        flavour=FOR_RTX.name,
        version=version_of(trt),
        artifact_digest=artifact.digest,
        precision=artifact.precision,
        sm=sm,
        batch_size=batch_size,
        options=tuple(sorted(asked.items())),
    )
