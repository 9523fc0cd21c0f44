"""Files of the user's own, from the command line to their rows."""

import json
from pathlib import Path

import onnx
import pytest

from tests.unit.model_zoo.onnx_files import dense, save, strange, tokens

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
SHORT = ("--rounds=1", "--seconds=0.05", "--no-memory", "--json")


def rows_of(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_onnx_file_is_measured_where_it_can_be_and_skipped_elsewhere(scalecurve, tmp_path):
    save(tokens(), tmp_path / "net.onnx")
    words = ("--onnx=net.onnx", "--axis=batch=2,seq=16", "--input", "ids=0..49")
    rows = rows_of(scalecurve("run", *words, *SHORT))
    by_backend = {row["backend"]: row for row in rows}
    good = by_backend["onnxruntime"]
    assert good["status"] == "completed", good["reason"]
    assert (good["family"], good["preset"]) == ("onnx", "net.onnx?ids=0..49")
    assert (good["batch_size"], good["parameter_count"]) == (2, 100)
    assert good["effective"]["reference"] == "onnxruntime"
    assert good["verification"]["error"] <= good["verification"]["tolerance"]
    for name in ("eager", "torchscript"):
        assert by_backend[name]["status"] == "skipped"
        assert by_backend[name]["reason"].startswith("format_unsupported")


@pytest.mark.slow
def test_a_torchscript_file_is_measured(scalecurve, tmp_path):
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(torch.nn.Linear(8, 3).eval(), torch.zeros(1, 8))
        torch.jit.save(traced, tmp_path / "net.pt")
    words = ("--torchscript=net.pt", "--input", "rows=float32[batch,8]", "--batch-size=4")
    rows = rows_of(scalecurve("run", *words, "--backend=torchscript,onnxruntime", *SHORT))
    status = {row["backend"]: row["status"] for row in rows}
    assert status == {"torchscript": "completed", "onnxruntime": "skipped"}
    assert {row["parameter_count"] for row in rows if row["backend"] == "torchscript"} == {27}


@pytest.mark.slow
def test_an_operator_that_is_not_known_fails_by_its_name_and_the_others_go_on(scalecurve, tmp_path):
    save(strange(), tmp_path / "strange.onnx")
    save(dense(), tmp_path / "good.onnx")
    rows = rows_of(
        scalecurve("run", "--onnx=strange.onnx,good.onnx", "--backend=onnxruntime", *SHORT)
    )
    found = {row["preset"]: row for row in rows}
    assert found["good.onnx"]["status"] == "completed"
    assert found["strange.onnx"]["status"] == "failed"
    assert "Frobnicate" in found["strange.onnx"]["reason"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--onnx=absent.onnx",), "onnx: absent.onnx"),
        (("--onnx=net.onnx",), "--axis seq=SIZE"),
        (("--onnx=net.onnx", "--axis=tokens=3,seq=3"), "no axis 'tokens'"),
    ],
)
def test_what_is_asked_wrongly_measures_nothing(scalecurve, tmp_path, words, said):
    save(tokens(), tmp_path / "net.onnx")
    done = scalecurve("run", *words, "--backend=onnxruntime", *SHORT)
    assert done.returncode == 2
    assert said in done.stderr
    assert not list((tmp_path / "runs").glob("*.jsonl"))


@pytest.mark.slow
def test_every_light_model_of_the_onnx_package_runs_or_names_an_operator(scalecurve):
    files = sorted(LIGHT.glob("light_*.onnx"))
    assert len(files) >= 9
    paths = ",".join(map(str, files))
    done = scalecurve("run", f"--onnx={paths}", "--backend=onnxruntime", *SHORT)
    rows = {row["preset"]: row for row in rows_of(done)}
    for path in files:
        row = rows[str(path)]
        operators = {node.op_type for node in onnx.load(path).graph.node}
        named = any(name in (row["reason"] or "") for name in operators)
        assert row["status"] == "completed" or named, row["reason"]
