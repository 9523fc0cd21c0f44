import warnings
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from model_zoo.build import build
from model_zoo.export import onnx as onnx_export
from model_zoo.export.cache import ArtifactCache
from model_zoo.export.stream import slots, write_slots
from model_zoo.families import FAMILIES
from model_zoo.inputs import example_inputs, output_signature, signature
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

IMAGE_SIZE = 64
"""In place of 224, so that the tests are short."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return ArtifactCache(tmp_path_factory.mktemp("cache"))


def run_onnx(path, arrays):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(
        None, {item.name: array for item, array in zip(session.get_inputs(), arrays, strict=True)}
    )


def run_torchscript(path, arrays):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        module = torch.jit.freeze(torch.jit.load(path).eval())
    with torch.inference_mode():
        outputs = module(*map(torch.from_numpy, arrays))
    return [item.numpy() for item in (outputs if isinstance(outputs, tuple) else (outputs,))]


def run_eager(spec, arrays, dtype):
    kind = getattr(torch, dtype)
    tensors = [torch.from_numpy(array) for array in arrays]
    with torch.inference_mode():
        outputs = build(spec, dtype).module(
            *(item.to(kind) if item.is_floating_point() else item for item in tensors)
        )
    return [item.numpy() for item in (outputs if isinstance(outputs, tuple) else (outputs,))]


def assert_close(found, expected, tolerance=1e-4):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_runtime_gives_what_the_network_gives(cache, family):
    spec = shortened(family)
    script = cache.make(spec, "torchscript")
    graph = cache.make(spec, "onnx")
    for batch_size in (1, 8):
        arrays = example_inputs(spec, batch_size)
        expected = run_eager(spec, arrays, "float64")
        assert_close(run_eager(spec, arrays, "float32"), expected)
        assert_close(run_torchscript(script.path, arrays), expected)
        assert_close(run_onnx(graph.path, arrays), expected)


def shortened(family):
    spec = solve(family, 10**5)
    large = spec.sizes.get("image_size", 0) > IMAGE_SIZE
    return form(family, image_size=IMAGE_SIZE) if large else spec


def form(family, **sizes):
    return ModelSpec.of(family, {**solve(family, 10**5).sizes, **sizes})


@pytest.mark.parametrize(
    "spec",
    [
        form("decoder", tied=0, parallel=1, positions=0, rotary=4, depth=1),
        form("decoder", tied=0, width=128, heads=2, positions=200, depth=1),
        form("lstm", num_layers=3, hidden_size=80),
        form("cnn", image_channels=1, image_size=28, stages=1, channels=8, stage_layers=2),
        form("resnet", expansion=1, image_size=64),
    ],
    ids=["rotary", "large", "layers", "one-stage", "basic"],
)
def test_other_forms_are_exported_too(cache, spec):
    arrays = example_inputs(spec, 3)
    expected = run_eager(spec, arrays, "float64")
    assert_close(run_onnx(cache.make(spec, "onnx").path, arrays), expected)
    assert_close(run_torchscript(cache.make(spec, "torchscript").path, arrays), expected)


def test_half_precision_graphs_take_half_precision(cache):
    spec = form("decoder", width=128, heads=2)
    path = cache.make(spec, "onnx", "fp16").path
    arrays = example_inputs(spec, 2)
    (scores,) = run_onnx(path, arrays)
    assert scores.dtype == np.float16
    assert_close([scores.astype(np.float64)], run_eager(spec, arrays, "float64"), 0.02)
    image = solve("cnn", 10**4)
    assert_half(cache.make(image, "onnx", "fp16").path, example_inputs(image, 2), image)


def assert_half(path, arrays, spec):
    found = run_onnx(path, [array.astype(np.float16) for array in arrays])
    assert_close(
        [item.astype(np.float64) for item in found], run_eager(spec, arrays, "float64"), 0.02
    )


def test_weights_beside_the_graph_give_the_same(tmp_path):
    spec = solve("lstm", 10**5)
    onnx_export.write(spec, "fp32", tmp_path, apart_bytes=0)
    assert (tmp_path / "model.onnx").stat().st_size < 50_000
    arrays = example_inputs(spec, 2)
    assert_close(run_onnx(tmp_path / "model.onnx", arrays), run_eager(spec, arrays, "float64"))


def test_weights_in_the_graph_are_the_built_ones(cache):
    spec = form("encoder", width=128, heads=2)
    model = onnx.load(cache.make(spec, "onnx").path)
    stored = {item.name: onnx.numpy_helper.to_array(item) for item in model.graph.initializer}
    built = dict(build(spec).module.named_parameters())
    shared = set(stored) & set(built)
    assert len(shared) > 10
    assert all(np.array_equal(stored[name], built[name].numpy()) for name in shared)
    queries = next(value for name, value in built.items() if "projections.weight" in name)
    assert any(np.array_equal(array, queries.numpy().T) for array in stored.values())


def test_names_and_batch_axis_are_in_the_graph(cache):
    spec = solve("encoder", 10**5)
    model = onnx.load(cache.make(spec, "onnx").path)
    onnx.checker.check_model(model)
    assert [item.name for item in model.graph.input] == [item.name for item in signature(spec)]
    outputs = [item.name for item in output_signature(spec)]
    assert [item.name for item in model.graph.output] == outputs
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert model.opset_import[0].version >= 18


@pytest.mark.parametrize("family", ["encoder", "decoder", "lstm", "cnn", "mlp"])
def test_nothing_is_found_out_at_run_time_that_is_known(cache, family):
    model = onnx.load(cache.make(solve(family, 10**5), "onnx").path)
    kinds = {node.op_type for node in model.graph.node}
    assert not kinds & {"Shape", "Expand", "Trilu", "Where", "Loop", "Scan"}


def viewed(part: bytes) -> memoryview:
    return memoryview(part)


def test_a_stream_keeps_order_and_alignment(tmp_path):
    contents = [bytes([65 + place]) * (place * 3000) for place in range(5)]
    places = slots([(len(part), partial(viewed, part)) for part in contents])
    write_slots(tmp_path / "file", places)
    stored = Path(tmp_path / "file").read_bytes()
    for place, part in zip(places, contents, strict=True):
        assert place.offset % 4096 == 0
        assert stored[place.offset : place.offset + place.length] == part
    write_slots(tmp_path / "empty", ())
    assert (tmp_path / "empty").stat().st_size == 0
