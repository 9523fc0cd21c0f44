"""TorchScript: a traced network, frozen, and optimised for inference where that is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, Final

from harness.backends.settings import Option
from harness.backends.torch_prepared import Network
from harness.backends.torch_runtime import TorchBackend
from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact

OPTIMIZE: Final = Option("optimize_for_inference", ("0", "1"))
_DEPRECATED: Final = r"`torch\.jit\.(load|freeze|optimize_for_inference)` is deprecated"


class TorchScriptBackend(TorchBackend):
    """PyTorch's graph executor; it starts from a traced and saved module."""

    own_options: ClassVar[tuple[Option, ...]] = (OPTIMIZE,)

    def load(self, artifact: Artifact, target: Target) -> Network:
        """Load the trace and freeze it, which folds its weights into the graph.

        Raises:
            PreparationError: the artifact was traced in another precision.
        """
        import torch

        if artifact.precision != target.precision:
            detail = f"the trace is in {artifact.precision}, the target asks {target.precision}"
            raise PreparationError(ReasonCode.ARTIFACT_FAILED, detail)
        with _deprecation_silenced():
            read: Callable[..., torch.jit.ScriptModule] = torch.jit.load
            module = read(artifact.path, map_location=target.device).eval()
            module = torch.jit.freeze(module)
            if _optimised(target):
                module = torch.jit.optimize_for_inference(module)
        network: Network = module
        return network

    def own_settings(self, target: Target) -> Mapping[str, str]:
        """Say what was done to the graph, and what the executor still does while it runs."""
        return {
            "frozen": "1",
            OPTIMIZE.name: str(int(_optimised(target))),
            "executor": "profiling: the first runs of a shape record it, then specialise",
        }


def _optimised(target: Target) -> bool:
    return target.option(OPTIMIZE.name, OPTIMIZE.values[0]) == "1"


@contextmanager
def _deprecation_silenced() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_DEPRECATED, category=DeprecationWarning)
        yield
