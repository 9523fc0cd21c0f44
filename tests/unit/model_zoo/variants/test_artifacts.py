"""What is on disk is the variant: its integers, its outputs, its facts."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from model_zoo.export.cache import ArtifactCache
from model_zoo.export.reference import read_rounding_error
from model_zoo.export.weights import INDEX, load
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve
from model_zoo.variants.judge import fidelity
from model_zoo.variants.name import INTEGER_ACTIVATIONS

torchao_talks = pytest.mark.filterwarnings("ignore")
"""torchao warns of kernels that it does not find, when it is imported."""

INTEGERS = [
    *("int8-static", "int8-static-per-channel", "int8-dynamic", "int8-dynamic-per-channel"),
    *("int8-weight", "int8-weight-per-channel", "int4-weight"),
]
OTHERS = ["structured-0.5", "svd-0.25", "svd-energy-0.5", "prune-0.5", "prune-2:4"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return ArtifactCache(tmp_path_factory.mktemp("variants"))


def run_file(artifact, arrays):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    path = str(artifact.path)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


def run_weights(artifact, arrays):
    with torch.inference_mode():
        outputs = load(artifact)(*map(torch.from_numpy, arrays))
    return [item.numpy() for item in (outputs if isinstance(outputs, tuple) else (outputs,))]


def distance(found, wanted):
    return max(
        float(np.abs(one - other).max() / np.abs(other).max())
        for one, other in zip(found, wanted, strict=True)
    )


@torchao_talks
@pytest.mark.parametrize(
    ("family", "text"),
    [
        *(("mlp", text) for text in (*INTEGERS, *OTHERS)),
        *(("encoder", text) for text in ("int8-static", "int8-dynamic-per-channel")),
        *(("encoder", text) for text in ("int4-weight", "structured-0.5")),
    ],
)
def test_file_and_weights_give_what_the_variants_own_reference_gives(cache, family, text):
    spec = solve(family, 20_000).varied(text)
    reference = cache.make_reference(spec, 2)
    allowed = 1e-4
    if spec.transform.kind in INTEGER_ACTIVATIONS:
        moved = read_rounding_error(cache.root / reference.folder)
        assert 0 < moved < 0.15
        allowed = 3 * moved
    for form, run in (("onnx", run_file), ("torch", run_weights)):
        artifact = cache.make(spec, form)
        for index in (0, 1):
            found = run(artifact, example_inputs(spec, 2, index))
            assert distance(found, reference.outputs(index)) < allowed


@torchao_talks
@pytest.mark.parametrize("text", INTEGERS)
def test_integers_on_disk_take_the_bytes_that_the_account_says(cache, text):
    artifact = cache.make(solve("mlp", 20_000).varied(text), "torch")
    index = json.loads((artifact.path.parent / INDEX).read_text())
    sizes = {"float32": 4, "int8": 1, "uint8": 1}
    stored = sum(
        sizes[entry["dtype"]] * int(np.prod(entry["shape"]))
        for entry in index
        if not entry["name"].endswith("input_scale")
    )
    assert stored == artifact.facts.account.stored_bytes


@pytest.mark.parametrize("text", [text for text in INTEGERS if text != "int4-weight"])
def test_every_dense_layer_of_a_file_is_stored_in_int8(cache, text):
    artifact = cache.make(solve("encoder", 20_000).varied(text), "onnx")
    tensors = onnx.load(artifact.path).graph.initializer
    floats = [t for t in tensors if t.data_type == onnx.TensorProto.FLOAT and len(t.dims) == 2]
    integers = [t for t in tensors if t.data_type == onnx.TensorProto.INT8 and len(t.dims) == 2]
    depth = artifact.spec["depth"]
    assert len(integers) == 4 * depth + 1
    assert all(tensor.dims[0] in {1024, 128, 2} or 1 in tensor.dims for tensor in floats)


def test_convolutions_of_a_file_are_stored_in_int8_after_their_norms_are_folded(cache):
    spec = solve("cnn", 20_000).varied("int8-static-per-channel")
    reference = cache.make_reference(spec, 1)
    artifact = cache.make(spec, "onnx")
    tensors = onnx.load(artifact.path).graph.initializer
    convolutions = [t for t in tensors if len(t.dims) == 4]
    assert convolutions
    assert all(tensor.data_type == onnx.TensorProto.INT8 for tensor in convolutions)
    moved = read_rounding_error(cache.root / reference.folder)
    found = run_file(artifact, example_inputs(spec, 1))
    assert distance(found, reference.outputs(0)) < 3 * moved


@torchao_talks
@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_facts_are_kept_with_the_artifact(cache, form):
    spec = solve("mlp", 20_000).varied("int8-dynamic")
    made = cache.make(spec, form)
    assert cache.get(spec, form) == made
    assert made.facts.fidelity.items == 64
    assert 0 < made.facts.fidelity.relative_error < 0.1
    assert made.facts.fidelity.top1_agreement > 0.9
    assert made.facts.account.nominal_parameters == made.parameter_count


def test_ranks_by_energy_are_counted_from_the_artifact(cache):
    made = cache.make(solve("mlp", 20_000).varied("svd-energy-0.5"), "torchscript")
    account = made.facts.account
    assert made.parameter_count == account.stored_parameters < account.nominal_parameters
    assert account.stored_bytes == 4 * account.stored_parameters
    assert account.flops < 2 * account.nominal_parameters


def test_autocast_is_judged_in_autocast(cache):
    made = cache.make(solve("mlp", 20_000).varied("autocast-bf16"), "torch")
    assert 1e-4 < made.facts.fidelity.relative_error < 0.05


def test_a_weight_that_the_index_does_not_have_is_missed(cache):
    spec = solve("mlp", 20_000).varied("svd-0.25")
    artifact = cache.make(spec, "torch")
    index = artifact.path.parent / INDEX
    entries = json.loads(index.read_text())
    index.write_text(json.dumps(entries[1:]))
    with pytest.raises(ValueError, match="is None"):
        load(artifact)
    index.write_text(json.dumps(entries))


@torchao_talks
def test_scales_that_the_index_does_not_have_are_missed(cache):
    artifact = cache.make(solve("mlp", 20_000).varied("int8-weight"), "torch")
    index = artifact.path.parent / INDEX
    entries = json.loads(index.read_text())
    index.write_text(json.dumps([e for e in entries if not e["name"].endswith("scales")]))
    with pytest.raises(ValueError, match="there is no"):
        load(artifact)
    index.write_text(json.dumps(entries))


def test_fidelity_is_one_where_nothing_differs_and_counts_rows():
    ours = [[np.array([[1.0, 2.0], [4.0, 3.0]])]]
    parents = [[np.array([[1.0, 2.0], [3.0, 4.0]])]]
    same = fidelity(ours, ours)
    assert (same.relative_error, same.top1_agreement, same.items) == (0.0, 1.0, 2)
    other = fidelity(ours, parents)
    assert other.top1_agreement == 0.5
    assert other.relative_error == pytest.approx((2 / 30) ** 0.5)


def test_a_plain_network_has_no_rounding_error(cache):
    reference = cache.make_reference(solve("mlp", 10_000), 1)
    assert read_rounding_error(cache.root / reference.folder) == 0.0


@pytest.mark.parametrize(("form", "precision"), [("torchscript", "fp32"), ("onnx", "fp16")])
def test_there_is_no_file_that_would_keep_integers_as_floats(cache, form, precision):
    with pytest.raises(ValueError, match="there is no"):
        cache.make(solve("mlp", 20_000).varied("int8-static"), form, precision)
