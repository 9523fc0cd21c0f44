"""Which variants of networks which runtime takes; known without importing any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness.core.case import Precision, Target
from harness.core.reason import Reason, ReasonCode
from model_zoo.own import is_own
from model_zoo.spec import ModelSpec
from model_zoo.variants.name import INTEGER, Kind, Variant

_WEIGHTS_ALONE: Final = frozenset(Kind) - INTEGER - {Kind.AUTOCAST}
"""They change weights and shapes, and need nothing of a runtime."""
_ALL: Final = frozenset(Kind)
_QDQ: Final = _WEIGHTS_ALONE | {Kind.INT8_STATIC}
"""And the pairs of Q and DQ that the ONNX standard has."""
_ONNX: Final = _ALL - {Kind.AUTOCAST}

_TAKEN: Final[Mapping[str, frozenset[Kind]]] = {
    "eager": _ALL,
    "torchscript": _WEIGHTS_ALONE,
    "onnxruntime": _ONNX,
    "onnxruntime-trt": _QDQ,
    "tensorrt": _QDQ,
    "tensorrt-rtx": _QDQ,
    "fake": _ALL,
}
_CONVOLVED: Final = ("cnn", "resnet", "mobilenet")
_LAYERS: Final = INTEGER | {Kind.PRUNE, Kind.PRUNE_2_4, Kind.SVD, Kind.SVD_ENERGY}
"""What is done to dense layers and convolutions, and not to recurrent ones."""


def refuse_variant(model: ModelSpec, target: Target) -> Reason | None:
    """Say why a network's variant cannot run on a target; None where it can, or is plain."""
    variant = model.transform
    if variant is None:
        return None
    detail = _of_family(model, variant) or _of_backend(model, target, variant)
    if detail:
        hint = "leave the combination out with [[exclude]]; `zoo list` names the variants"
        return Reason(code=ReasonCode.VARIANT_UNSUPPORTED, detail=detail, hint=hint)
    needs_fp32 = variant.is_integer or variant.kind is Kind.AUTOCAST
    if needs_fp32 and target.precision is not Precision.FP32:
        detail = f"{variant.text} says itself what its products are; the rest is fp32"
        return Reason(code=ReasonCode.PRECISION_UNSUPPORTED, detail=detail, hint="ask for fp32")
    return None


def _of_family(model: ModelSpec, variant: Variant) -> str:
    if is_own(model):
        return "only networks of the zoo have variants"
    if model.family == "lstm" and variant.kind in _LAYERS:
        return f"{variant.text} would leave the recurrent layers of lstm as they are"
    if model.family == "encoder" and variant.kind is Kind.DISTILLED:
        return "a narrower encoder gives states of another width than its teacher's"
    dense_alone = INTEGER - {Kind.INT8_STATIC}
    if model.family in {"resnet", "mobilenet"} and variant.kind in dense_alone:
        return f"{variant.text} would leave the convolutions of {model.family} as they are"
    return ""


def _of_backend(model: ModelSpec, target: Target, variant: Variant) -> str:
    if variant.kind not in _TAKEN.get(target.backend, _WEIGHTS_ALONE):
        return f"{target.backend} cannot run {variant.text}"
    static = variant.kind is Kind.INT8_STATIC
    if target.backend == "eager" and static and model.family in _CONVOLVED:
        return "torchao multiplies int8 in dense layers, not in convolutions"
    if target.backend == "onnxruntime" and target.is_cuda and variant.kind is Kind.INT8_DYNAMIC:
        return "ONNX Runtime's CUDA provider has no MatMulInteger"
    return ""
