"""Files of the user's own: how they are named, and what is never opened."""

import doctest
from importlib import import_module

import pytest

from model_zoo.own import is_file, is_own, own_spec
from model_zoo.own.draw import DrawnInput, draw
from model_zoo.own.files import (
    BadFile,
    NoSuchFile,
    UnboundAxis,
    file_spec,
    inputs_of,
    inside,
    parse_axes,
    parse_input,
    path_of,
    require_file,
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"x" * 10)
    return path


def test_a_spec_holds_the_path_the_inputs_and_the_axes_but_the_batch(file):
    texts = ("ids=int64[batch,seq]:0..9", "mask=0..1")
    spec = file_spec("onnx", str(file), inputs=texts, axes={"batch": 8, "seq": 128})
    assert is_file(spec)
    assert is_own(spec)
    assert path_of(spec) == file
    assert spec.sizes == {"seq": 128}
    assert [one.name for one in inputs_of(spec)] == ["ids", "mask"]
    assert inputs_of(file_spec("onnx", str(file))) == ()
    assert not is_file(own_spec("nets:make"))


def test_other_axes_or_inputs_are_another_network(file):
    plain = file_spec("onnx", str(file))
    assert plain != file_spec("onnx", str(file), axes={"seq": 2})
    assert plain != file_spec("onnx", str(file), inputs=["x=0..1"])


@pytest.mark.parametrize("name", ["absent.onnx", "a?b.onnx", "."])
def test_what_is_no_file_is_refused_before_anything_runs(tmp_path, name):
    with pytest.raises(NoSuchFile):
        file_spec("onnx", str(tmp_path / name))


def test_a_file_that_is_too_large_is_not_opened(file):
    with pytest.raises(NoSuchFile, match="more than 9"):
        require_file(file, 9)


@pytest.mark.parametrize(
    ("text", "type_", "shape", "low", "high"),
    [
        ("x=float32[batch, 3]", "float32", ("batch", "3"), None, None),
        ("x=int64", "int64", None, None, None),
        ("x=int64[]:-5..5", "int64", (), -5.0, 5.0),
        ("x=0..1e4", "", None, 0.0, 1e4),
        ("x=:0..1", "", None, 0.0, 1.0),
    ],
)
def test_what_is_declared_of_an_input_is_read(text, type_, shape, low, high):
    found = parse_input(text)
    assert (found.name, found.type, found.shape) == ("x", type_, shape)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("text", ["", "x", "x=", "=0..1", "x=0..", "x=2..1", "x=1e..2", "x=a&b"])
def test_what_is_no_input_is_refused(text):
    with pytest.raises(BadFile):
        parse_input(text)


@pytest.mark.parametrize("texts", [["seq"], ["seq=0"], ["seq=-1"], ["seq=1", "seq=2"], ["a?=1"]])
def test_what_is_no_size_of_an_axis_is_refused(texts):
    with pytest.raises(UnboundAxis):
        parse_axes(texts)


def test_external_data_stays_inside_the_folder(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"s")
    (folder / "weights").write_bytes(b"w")
    (folder / "link").symlink_to(tmp_path / "secret")
    assert inside(folder, "weights") == (folder / "weights").resolve()
    for location in ("../secret", str(tmp_path / "secret"), "link", "", "a/../../secret"):
        with pytest.raises(BadFile, match="refused"):
            inside(folder, location)
    with pytest.raises(NoSuchFile):
        inside(folder, "absent")


def drawn(**changes):
    one = DrawnInput(**{"name": "x", "type": "float32", "shape": (50, 20), **changes})
    return draw((one,), 0)[0]


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_floats_are_normal_or_evenly_from_their_range(kind):
    normal = drawn(type=kind)
    assert normal.dtype == kind
    assert abs(float(normal.mean())) < 0.2
    assert 0.8 < float(normal.std()) < 1.2
    even = drawn(type=kind, low=2.0, high=4.0)
    assert even.min() >= 2
    assert even.max() <= 4
    assert abs(float(even.mean()) - 3) < 0.2


@pytest.mark.parametrize("kind", ["int8", "int64", "uint8", "int32"])
def test_integers_are_evenly_from_their_range_with_both_ends(kind):
    assert set(drawn(type=kind).ravel()) == {0, 1}
    assert set(drawn(type=kind, low=0.5, high=3.0).ravel()) == {1, 2, 3}


def test_truth_values_are_both():
    assert set(drawn(type="bool").ravel()) == {False, True}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "str"},
        {"type": ""},
        {"type": "int8", "low": 0.0, "high": 300.0},
        {"type": "int8", "low": 0.2, "high": 0.8},
        {"shape": (1 << 20, 1 << 20)},
    ],
)
def test_what_cannot_be_drawn_is_named(changes):
    with pytest.raises(BadFile, match="'x'"):
        drawn(**changes)


def test_another_seed_gives_other_inputs():
    one = DrawnInput(name="x", type="float32", shape=(3,))
    assert (draw((one,), 0)[0] != draw((one,), 1)[0]).any()
    assert (draw((one,), 0)[0] == draw((one,), 0)[0]).all()


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(import_module("model_zoo.own.files")).failed == 0
