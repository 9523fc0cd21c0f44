"""PyTorch, operator by operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.backends.torch_prepared import Network, dtype_of
from harness.backends.torch_runtime import TorchBackend
from harness.core.case import Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.own import is_own
from model_zoo.variants.name import Kind

if TYPE_CHECKING:
    from torch import nn


class EagerBackend(TorchBackend):
    """PyTorch without compilation; it starts from raw weights, or from a factory of the user's."""

    def preload(self) -> None:
        """Import torch and the loader of weights."""
        super().preload()
        import model_zoo.export.weights
        import model_zoo.own.load  # noqa: F401 - so that a forked worker has both

    def load(self, artifact: Artifact, target: Target) -> Network:
        """Build the module, read or make its weights, and move both to the target.

        Raises:
            Unavailable: weights are integers, and torchao is not installed.
            PreparationError: a factory of the user's made other weights than before.
        """
        if is_own(artifact.spec):
            return _own(artifact, target)
        from model_zoo.export.weights import load

        try:
            module: nn.Module = load(artifact)
        except ImportError as error:
            detail = f"integer weights need the package 'torchao': {error}"
            hint = "python -m pip install 'scalecurve[variants]'"
            raise Unavailable(ReasonCode.BACKEND_NOT_INSTALLED, detail, hint) from error
        module = module.to(device=target.device, dtype=dtype_of(target.precision))
        variant = artifact.spec.transform
        is_mixed = variant is not None and variant.kind is Kind.AUTOCAST
        return _mixed(module, target) if is_mixed else module

    def own_settings(self, target: Target) -> Mapping[str, str]:
        """Return nothing: all that is set here is set for TorchScript as well."""
        del target
        return {}


def _mixed(module: nn.Module, target: Target) -> Network:
    """Return a network that torch runs in fp32 and, where its list allows, in bf16."""
    import torch

    kind = torch.device(target.device).type

    def run(*tensors: torch.Tensor) -> Any:  # noqa: ANN401 - what the network returns
        with torch.autocast(kind, torch.bfloat16):
            return module(*tensors)

    return run


def _own(artifact: Artifact, target: Target) -> Network:
    from model_zoo.own.load import load_own
    from model_zoo.own.locate import WeightsDiffer

    try:
        return load_own(artifact, target.device, dtype_of(target.precision))
    except WeightsDiffer as error:
        raise PreparationError(ReasonCode.WEIGHTS_DIFFER, str(error)) from error
