"""ONNX files of the user's own: read with limits, bound, written anew, run and counted."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from model_zoo.own.cache import OwnCache, file_artifact
from model_zoo.own.files import BadFile, NoSuchFile, UnboundAxis, file_spec
from model_zoo.own.onnx_file import bind, read_onnx
from model_zoo.own.onnx_run import first_runtime
from tests.unit.model_zoo.onnx_files import (
    INT64,
    IR_VERSION,
    dense,
    model,
    save,
    strange,
    tokens,
    value,
)


def facts_of(path, tmp_path, *, batch_size=1, **given):
    spec = file_spec("onnx", str(path), **given)
    return OwnCache(tmp_path / "cache").make_facts(spec, batch_size)


@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_batch_binds_the_first_axis_and_the_counts_are_those_of_the_graph(tmp_path, batch_size):
    path = save(dense(), tmp_path / "net.onnx")
    facts = facts_of(path, tmp_path, batch_size=batch_size)
    assert facts.parameter_count == 12
    assert facts.flops == 2 * 4 * 3 * batch_size
    assert (facts.depth, facts.widest) == (1, 4)
    assert facts.output_shapes == ((batch_size, 3),)
    assert (facts.precision, facts.reference_by) == ("fp32", "onnxruntime")
    assert not facts.ignores_inputs
    artifact = file_artifact(facts)
    assert artifact.format == "onnx"
    assert artifact.bytes == artifact.path.stat().st_size


def test_the_file_that_is_measured_gives_what_the_original_gives(tmp_path):
    path = save(dense(), tmp_path / "net.onnx")
    facts = facts_of(path, tmp_path, batch_size=2)
    (given,) = facts.inputs(0)
    weights = np.linspace(-1, 1, 12).reshape(4, 3)
    expected = np.maximum(given.astype(np.float64) @ weights, 0)
    session = onnxruntime.InferenceSession(
        str(file_artifact(facts).path), providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].shape == [2, 4]
    assert session.get_outputs()[0].shape == [2, 3]
    np.testing.assert_allclose(session.run(None, {"x": given})[0], expected, atol=1e-6)


def test_axes_are_bound_by_their_names_and_ranges_are_kept(tmp_path):
    path = save(tokens(), tmp_path / "net.onnx")
    declared = ["ids=int64:3..7"]
    facts = facts_of(path, tmp_path, batch_size=2, axes={"seq": 40}, inputs=declared)
    for index in (0, 1):
        (ids,) = facts.inputs(index)
        assert ids.shape == (2, 40)
        assert set(ids.ravel()) == {3, 4, 5, 6, 7}
    assert facts.output_shapes == ((2, 40, 2),)


@pytest.mark.parametrize(
    ("shape", "axes", "batch_size", "said"),
    [
        (("batch", "seq"), {}, 1, "--axis seq=SIZE"),
        ((None, None), {}, 1, r"--axis x\.1=SIZE"),
        (("batch", "seq"), {"seq": 4, "tokens": 3}, 1, "no axis 'tokens'.* batch, seq"),
        ((1, 4), {"seq": 3}, 1, "every size is in the file"),
        ((1, 4), {}, 8, "first axes are of size 1"),
        (("n", 4), {"n": 3}, 8, "first axes are of size 3"),
    ],
)
def test_an_axis_that_cannot_be_bound_is_named(tmp_path, shape, axes, batch_size, said):
    file = read_onnx(save(dense(shape), tmp_path / "net.onnx"))
    with pytest.raises(UnboundAxis, match=said):
        bind(file, axes, (), batch_size)


def test_axes_without_a_name_are_bound_by_input_and_place(tmp_path):
    file = read_onnx(save(dense((None, None)), tmp_path / "net.onnx"))
    (found,) = bind(file, {"x.1": 4}, (), 3).inputs
    assert found.shape == (3, 4)


def test_a_batch_that_the_file_fixes_may_be_asked_for(tmp_path):
    file = read_onnx(save(dense((8, 4)), tmp_path / "net.onnx"))
    assert bind(file, {}, (), 8).inputs == bind(file, {}, (), 1).inputs


def test_initializers_that_are_listed_as_inputs_are_no_inputs(tmp_path):
    old = dense((1, 4))
    old.graph.input.append(value("w", (4, 3)))
    bound = bind(read_onnx(save(old, tmp_path / "n.onnx")), {}, (), 1)
    assert [one.name for one in bound.inputs] == ["x"]


@pytest.mark.parametrize(
    ("declared", "said"),
    [(["z=0..1"], "no input 'z'; there are x"), (["x=int64"], "is of float32 in the file")],
)
def test_what_is_declared_against_the_file_is_refused(tmp_path, declared, said):
    path = save(dense(), tmp_path / "net.onnx")
    with pytest.raises(BadFile, match=said):
        facts_of(path, tmp_path, inputs=declared)


def test_inputs_that_are_no_tensors_of_numbers_are_refused(tmp_path):
    texts = model(
        [helper.make_node("Identity", ["x"], ["y"])], [value("x", (1,), TensorProto.STRING)]
    )
    with pytest.raises(BadFile, match="'x'"):
        facts_of(save(texts, tmp_path / "texts.onnx"), tmp_path)
    rankless = model([helper.make_node("Relu", ["x"], ["y"])], [value("x", None)])
    with pytest.raises(BadFile, match="known number of axes"):
        facts_of(save(rankless, tmp_path / "rankless.onnx"), tmp_path)


def test_a_network_without_inputs_is_refused(tmp_path):
    still = model([helper.make_node("Relu", ["w"], ["y"])], [], {"w": np.ones(3, np.float32)})
    with pytest.raises(BadFile, match="takes no input"):
        facts_of(save(still, tmp_path / "still.onnx"), tmp_path)


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"PK\x03\x04", b"\x08\x07" * 9])
def test_what_is_no_onnx_file_is_refused(tmp_path, data):
    path = tmp_path / "junk.onnx"
    path.write_bytes(data)
    with pytest.raises(BadFile, match="no ONNX file"):
        read_onnx(path)


def external(location):
    """Make a file whose weights are elsewhere."""
    whole = dense((1, 4))
    (tensor,) = whole.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return whole


def test_weights_in_a_file_beside_it_are_read_and_decide_its_identity(tmp_path):
    path = save(external("w.bin"), tmp_path / "net.onnx")
    weights = tmp_path / "w.bin"
    weights.write_bytes(np.ones((4, 3), np.float32).tobytes())
    first = facts_of(path, tmp_path)
    assert first.parameter_count == 12
    weights.write_bytes(np.full((4, 3), 2, np.float32).tobytes())
    second = facts_of(path, tmp_path)
    assert first.identity != second.identity
    (small,), (large,) = (
        [np.load(f"{facts.folder}/input0-output0000.npy")] for facts in (first, second)
    )
    np.testing.assert_allclose(large, 2 * small, rtol=1e-6)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/hostname", "sub/../../secret.bin"])
def test_weights_outside_its_folder_are_never_opened(tmp_path, location):
    (tmp_path / "secret.bin").write_bytes(b"\0" * 48)
    folder = tmp_path / "net"
    folder.mkdir()
    path = save(external(location), folder / "net.onnx")
    with pytest.raises(BadFile, match="refused"):
        read_onnx(path)


def test_weights_outside_are_found_in_branches_and_attributes_too(tmp_path):
    hidden = external("../secret.bin").graph.initializer[0]
    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["k"], value=hidden)], "inner", [], [value("k", None)]
    )
    node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    outer = model([node], [value("c", (), TensorProto.BOOL)])
    with pytest.raises(BadFile, match="refused"):
        read_onnx(save(outer, tmp_path / "net.onnx"))


def test_weights_that_are_not_there_or_too_short_are_said(tmp_path):
    with pytest.raises(NoSuchFile):
        read_onnx(save(external("absent.bin"), tmp_path / "net.onnx"))
    (tmp_path / "short.bin").write_bytes(b"\0" * 7)
    with pytest.raises(BadFile):
        facts_of(save(external("short.bin"), tmp_path / "net.onnx"), tmp_path)


def test_an_operator_that_no_runtime_has_is_named(tmp_path):
    with pytest.raises(BadFile, match="Frobnicate"):
        facts_of(save(strange(), tmp_path / "net.onnx"), tmp_path)


def test_without_onnx_runtime_the_reference_evaluator_runs_it(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    path = save(dense((1, 4)), tmp_path / "net.onnx")
    name, run = first_runtime(path, ["x"])
    assert name == "onnx.reference"
    (found,) = run((np.eye(1, 4, dtype=np.float32),))
    np.testing.assert_allclose(found, [[0, 0, 0]], atol=1e-6)


def test_a_pass_that_breaks_is_said_in_the_runtimes_words(tmp_path):
    path = save(tokens(), tmp_path / "net.onnx")
    with pytest.raises(BadFile, match=r"Gather.*out of data bounds"):
        facts_of(path, tmp_path, axes={"seq": 3}, inputs=["ids=90..99"])


def test_outputs_that_change_their_shape_are_not_timed(tmp_path):
    nodes = [helper.make_node("NonZero", ["x"], ["y"])]
    found = model(nodes, [value("x", (64,), INT64)])
    with pytest.raises(BadFile, match="change their shapes"):
        facts_of(save(found, tmp_path / "net.onnx"), tmp_path)


def test_a_file_whose_outputs_are_always_the_same_says_so(tmp_path):
    nodes = [
        helper.make_node("Mul", ["x", "zero"], ["p"]),
        helper.make_node("Add", ["p", "one"], ["y"]),
    ]
    weights = {"zero": np.zeros(4, np.float32), "one": np.ones(4, np.float32)}
    path = save(model(nodes, [value("x", (1, 4))], weights), tmp_path / "net.onnx")
    assert facts_of(path, tmp_path).ignores_inputs


def test_the_precision_is_that_of_most_weights(tmp_path):
    half = dense((1, 4))
    array = np.ones((4, 3), np.float16)
    half.graph.initializer[0].CopyFrom(numpy_helper.from_array(array, "w"))
    half.graph.input[0].CopyFrom(value("x", (1, 4), TensorProto.FLOAT16))
    assert facts_of(save(half, tmp_path / "half.onnx"), tmp_path).precision == "fp16"
    plain = model([helper.make_node("Relu", ["x"], ["y"])], [value("x", (1, 4))])
    facts = facts_of(save(plain, tmp_path / "plain.onnx"), tmp_path)
    assert (facts.precision, facts.parameter_count, facts.flops) == ("fp32", 0, 0)


def test_functions_of_the_file_are_put_in_their_places(tmp_path):
    body = helper.make_function(
        "made.up",
        "Double",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 20)],
    )
    nodes = [helper.make_node("Double", ["x"], ["y"], domain="made.up")]
    graph = helper.make_graph(nodes, "net", [value("x", (1, 4))], [value("y", None)])
    sets = [helper.make_opsetid("", 20), helper.make_opsetid("made.up", 1)]
    whole = helper.make_model(graph, functions=[body], opset_imports=sets, ir_version=IR_VERSION)
    assert facts_of(save(whole, tmp_path / "net.onnx"), tmp_path).flops == 0
    assert onnx.load(tmp_path / "net.onnx").functions
