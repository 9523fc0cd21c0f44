"""Bytes and FLOPs that the zoo accounts for, beside the artifact's on disk and a counter's."""

from __future__ import annotations

from typing import Final

import torch
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.build import build
from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec
from model_zoo.variants.account import account
from model_zoo.variants.name import Kind
from tests.bench.row import Bound, Row, Setting

_SIZE: Final = 10_000_000
_WITHIN: Final = Bound(0.99, 1.01)
_NETWORKS: Final = (
    ("encoder", ("", "int8-static", "int8-dynamic", "int8-weight-per-channel", "int4-weight")),
    ("encoder", ("structured-0.5", "svd-0.25", "svd-energy-0.5", "prune-0.5", "prune-2:4")),
    ("resnet", ("", "int8-static-per-channel", "structured-0.5", "svd-0.25")),
    ("mlp", ("int8-static", "int4-weight", "structured-0.5", "distilled-0.1")),
)


def measure(setting: Setting) -> Row:
    """Make each artifact as ONNX, which every runtime but torch starts from."""
    cache = ArtifactCache(setting.cache)
    worst, lines = 1.0, []
    for family, texts in _NETWORKS:
        for text in texts:
            spec = solve(family, _SIZE).varied(text)
            artifact = cache.make(spec, "onnx")
            ratios = (_bytes(artifact), _flops(spec, artifact))
            worst = max((worst, *ratios), key=lambda ratio: abs(ratio - 1))
            lines.append(
                f"{family} {text or 'plain'}: accounted / on disk {ratios[0]:.4f} of "
                f"{artifact.bytes:,} bytes, accounted / counted FLOPs {ratios[1]:.4f}"
            )
    return Row(
        "variant_bytes",
        f"{worst:.4f} at worst",
        str(_WITHIN),
        _WITHIN.holds(worst),
        "\n".join(lines),
    )


def _bytes(artifact: Artifact) -> float:
    """Return the bytes of weights on paper, or as the ranks were found, over the file's."""
    spec = artifact.spec
    facts = artifact.facts
    paper = account(spec).stored_bytes
    if spec.transform is not None and spec.transform.kind is Kind.SVD_ENERGY and facts:
        paper = facts.account.stored_bytes
    return paper / artifact.bytes


def _flops(spec: ModelSpec, artifact: Artifact) -> float:
    """Return the FLOPs on paper over those that torch counts while the network runs."""
    module = build(spec).module
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        module(*map(torch.from_numpy, example_inputs(spec, 1)))
    is_found = spec.transform is not None and spec.transform.kind is Kind.SVD_ENERGY
    paper = artifact.facts.account.flops if is_found and artifact.facts else account(spec).flops
    return paper / int(counter.get_total_flops())
