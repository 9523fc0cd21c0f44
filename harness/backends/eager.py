"""PyTorch, operator by operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.backends.torch_prepared import Network, dtype_of
from harness.backends.torch_runtime import TorchBackend
from harness.core.case import Target
from model_zoo.export.artifact import Artifact

if TYPE_CHECKING:
    from torch import nn


class EagerBackend(TorchBackend):
    """PyTorch without compilation; it starts from raw weights."""

    def preload(self) -> None:
        """Import torch and the loader of weights."""
        super().preload()
        import model_zoo.export.weights  # noqa: F401 - so that a forked worker has it

    def load(self, artifact: Artifact, target: Target) -> Network:
        """Build the module, read its weights, and move both to the target."""
        from model_zoo.export.weights import load

        module: nn.Module = load(artifact)
        return module.to(device=target.device, dtype=dtype_of(target.precision))

    def own_settings(self, target: Target) -> Mapping[str, str]:
        """Return nothing: all that is set here is set for TorchScript as well."""
        del target
        return {}
