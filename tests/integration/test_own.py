"""A network of the user's own, from the command line to its table."""

import json

import pytest

from harness.store.read import read_run

NETS = """
import torch

def small():
    layers = [torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)]
    return torch.nn.Sequential(*layers), torch.randn(2, 8)

def deaf():
    class Deaf(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.answer = torch.nn.Parameter(torch.ones(3))
        def forward(self, rows):
            return self.answer.expand(rows.shape[0], 3).clone()
    return Deaf(), torch.randn(1, 8)

def fickle():
    import os
    torch.manual_seed(int.from_bytes(os.urandom(4), "little"))
    return small()

def broken():
    raise OSError("no checkpoint at nowhere.pt")
"""
SHORT = ["--rounds=2", "--seconds=0.05"]


@pytest.fixture
def run_own(scalecurve, tmp_path):
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")

    def run(*references, backend):
        modules = ",".join(f"nets:{name}" for name in references)
        return scalecurve("run", f"--module={modules}", f"--backend={backend}", *SHORT, "--json")

    return run


def test_every_runtime_measures_it_from_the_current_folder(run_own, tmp_path):
    done = run_own("small", backend="eager,torchscript,onnxruntime")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["backend"] for row in rows} == {"eager", "torchscript", "onnxruntime"}
    for row in rows:
        assert row["status"] == "completed", row["reason"]
        assert (row["family"], row["preset"]) == ("own", "nets:small")
        assert row["parameter_count"] == 8 * 16 + 16 + 16 * 3 + 3
        assert row["verification"]["error"] <= row["verification"]["tolerance"]
        assert row["metrics"]["latency_p50"]["value"] > 0
        size = row["metrics"]["artifact_bytes"]["value"]
        assert size is None if row["backend"] == "eager" else size > 0
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    assert read_run(path).header.plan["module"] == ["nets:small"]


@pytest.mark.slow
def test_what_goes_wrong_with_one_network_is_in_its_rows(run_own):
    done = run_own("small", "deaf", "fickle", "broken", backend="eager")
    assert done.returncode == 0, done.stderr
    reasons = {}
    for row in json.loads(done.stdout):
        reasons.setdefault(row["preset"], set()).add((row["reason"] or "").partition(":")[0])
    assert reasons["nets:small"] == {""}
    assert reasons["nets:deaf"] == {"output_ignores_input"}
    assert reasons["nets:fickle"] == {"weights_differ"}
    assert reasons["nets:broken"] == {"artifact_failed"}
    assert "no checkpoint at nowhere.pt" in done.stderr or "no checkpoint" in done.stdout


@pytest.mark.parametrize("reference", ["nets:smal", "nest:small", "nets"])
def test_a_reference_that_names_nothing_measures_nothing(run_own, scalecurve, tmp_path, reference):
    del run_own
    done = scalecurve("run", f"--module={reference}", *SHORT)
    assert done.returncode == 2
    assert "module" in done.stderr
    assert not list((tmp_path / "runs").glob("*.jsonl"))


@pytest.mark.slow
def test_a_run_does_not_go_on_with_changed_code(run_own, scalecurve, tmp_path):
    done = run_own("small", backend="eager")
    assert done.returncode == 0, done.stderr
    (row, *_) = json.loads(done.stdout)
    assert len(row["effective"]["network"]) == 16
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:3]), encoding="utf-8")
    (tmp_path / "nets.py").write_text(NETS.replace("(16, 3)", "(16, 4)"), encoding="utf-8")
    done = scalecurve("run", "--resume", path)
    assert done.returncode == 2
    assert "begun with another nets:small" in done.stderr
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    done = scalecurve("run", "--resume", path, "--json")
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in json.loads(done.stdout)} == {"completed"}
