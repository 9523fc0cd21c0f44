import pytest

from harness.backends.registry import BACKENDS
from harness.backends.variants import refuse_variant
from harness.core.case import Precision, Target
from harness.core.reason import SKIPS, ReasonCode
from model_zoo.own import own_spec
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

ENCODER = solve("encoder", 10**5)


def refused(text, backend="onnxruntime", model=ENCODER, **target):
    reason = refuse_variant(model.varied(text), Target(backend=backend, **target))
    return reason.code if reason else None


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_only_changes_weights_runs_everywhere(backend):
    for text in ("", "prune-0.5", "prune-2:4", "structured-0.5", "svd-0.5", "svd-energy-0.9"):
        assert refused(text, backend) is None


@pytest.mark.parametrize(
    ("backend", "texts"),
    [
        ("torchscript", ("int8-static", "int8-dynamic", "int4-weight", "autocast-bf16")),
        ("onnxruntime", ("autocast-bf16",)),
        ("tensorrt", ("int8-dynamic", "int8-weight", "int4-weight", "autocast-bf16")),
    ],
)
def test_what_a_runtime_cannot_take_is_skipped(backend, texts):
    for text in texts:
        assert refused(text, backend) is ReasonCode.VARIANT_UNSUPPORTED
    assert ReasonCode.VARIANT_UNSUPPORTED in SKIPS


def test_integers_are_taken_where_a_library_has_them():
    for text in ("int8-static", "int8-dynamic", "int8-weight", "int4-weight"):
        assert refused(text, "eager") is None
        assert refused(text, "onnxruntime") is None
    assert refused("int8-static", "tensorrt") is None
    assert refused("int8-dynamic", device="cuda:0") is ReasonCode.VARIANT_UNSUPPORTED


@pytest.mark.parametrize(
    ("family", "text", "backend"),
    [
        ("lstm", "int8-dynamic", "onnxruntime"),
        ("lstm", "svd-0.5", "eager"),
        ("resnet", "int8-weight", "onnxruntime"),
        ("cnn", "int8-static", "eager"),
        ("encoder", "distilled-0.5", "eager"),
    ],
)
def test_what_a_family_cannot_take_is_skipped(family, text, backend):
    assert refused(text, backend, solve(family, 10**6)) is ReasonCode.VARIANT_UNSUPPORTED


def test_networks_of_the_users_own_have_no_variants():
    own = own_spec("mine.nets:make")
    assert refused("prune-0.5", "eager", own) is ReasonCode.VARIANT_UNSUPPORTED


def test_integers_and_autocast_say_themselves_what_precision_is():
    half = {"precision": Precision.BF16}
    assert refused("int8-dynamic", "eager", **half) is ReasonCode.PRECISION_UNSUPPORTED
    assert refused("autocast-bf16", "eager", **half) is ReasonCode.PRECISION_UNSUPPORTED
    assert refused("structured-0.5", "eager", **half) is None


def test_a_plain_network_is_never_refused():
    assert refuse_variant(ModelSpec.of("mlp"), Target(backend="torchscript")) is None
