"""What is made of the user's networks: by content, held in fp64, and exported."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from model_zoo.export.folder import MANIFEST
from model_zoo.own import own_spec
from model_zoo.own.cache import FACTORY, OwnCache, do_job, factory_artifact
from model_zoo.own.facts import read_facts
from model_zoo.own.load import load_own
from model_zoo.own.locate import PATHS_VARIABLE, BadFactory, WeightsDiffer
from model_zoo.own.network import make_network
from model_zoo.own.outputs import flat

NETWORKS = "tests.unit.model_zoo.own_networks"
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated:DeprecationWarning")
GOOD = ("tied", "by_name", "stateful", "two_inputs")


def spec_of(name):
    return own_spec(f"{NETWORKS}:{name}")


@pytest.mark.parametrize("name", GOOD)
def test_the_reference_is_the_module_in_fp64_on_two_different_inputs(tmp_path, name):
    facts = OwnCache(tmp_path).make_facts(spec_of(name), 2)
    network = make_network(facts.spec)
    network.module.double()
    torch.set_default_dtype(torch.float64)
    try:
        for index in (0, 1):
            given = [torch.from_numpy(array) for array in facts.inputs(index)]
            given = [item.double() if item.is_floating_point() else item for item in given]
            outputs = flat(network.callable()(*given))
            files = sorted(Path(facts.folder).glob(f"input{index}-output*.npy"))
            for file, output in zip(files, outputs, strict=True):
                stored = np.load(file)
                assert stored.dtype == np.float64
                np.testing.assert_array_equal(stored, output.numpy())
    finally:
        torch.set_default_dtype(torch.float32)
    first, second = facts.inputs(0), facts.inputs(1)
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert [array.shape for array in first] == [array.shape for array in second]


def test_the_facts_are_those_of_the_network(tmp_path):
    facts = OwnCache(tmp_path).make_facts(spec_of("tied"), 3)
    assert facts.parameter_count == 36
    assert facts.flops == 2 * 2 * 36 * 3
    assert (facts.depth, facts.widest) == (2, 6)
    assert facts.output_shapes == ((3, 6),)
    assert facts.inputs(0)[0].shape == (3, 6)
    assert facts.lower_bound(4) == 4 * (36 + 2 * 3 * 6)
    assert read_facts(Path(facts.folder)) == facts


def test_whole_numbers_keep_their_size_in_the_lower_bound(tmp_path):
    facts = OwnCache(tmp_path).make_facts(spec_of("by_name"), 2)
    floats = 11 * 4 + 2 * 7 * 4 + 2 * 4 + 2 * 4
    assert facts.lower_bound(2) == 2 * floats + 2 * 7 * 8 + 2 * 7


@pytest.mark.parametrize(
    ("name", "batch_size"),
    [("tied", 3), ("by_name", 3), ("stateful", 1), ("two_inputs", 2)],
)
def test_exported_files_give_what_the_module_gives(tmp_path, name, batch_size):
    cache = OwnCache(tmp_path)
    facts = cache.make_facts(spec_of(name), batch_size)
    assert cache.artifact(facts, "onnx", "fp32") is None
    onnx = cache.make_artifact(facts, "onnx", "fp32")
    script = cache.make_artifact(facts, "torchscript", "fp32")
    assert cache.artifact(facts, "onnx", "fp32") == onnx
    assert onnx.bytes > 0
    assert onnx.parameter_count == facts.parameter_count
    session = onnxruntime.InferenceSession(str(onnx.path), providers=["CPUExecutionProvider"])
    traced = torch.jit.load(script.path)
    for index in (0, 1):
        inputs = facts.inputs(index)
        files = sorted(Path(facts.folder).glob(f"input{index}-output*.npy"))
        expected = [np.load(file) for file in files]
        names = [node.name for node in session.get_inputs()]
        of_onnx = session.run(None, dict(zip(names, inputs, strict=True)))
        of_script = flat(traced(*map(torch.from_numpy, inputs)))
        for wanted, one, other in zip(expected, of_onnx, of_script, strict=True):
            np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(other.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_half_precision_is_exported_in_half_precision(tmp_path):
    cache = OwnCache(tmp_path)
    facts = cache.make_facts(spec_of("tied"), 1)
    artifact = cache.make_artifact(facts, "torchscript", "fp16")
    dtypes = {weight.dtype for weight in torch.jit.load(artifact.path).parameters()}
    assert dtypes == {torch.float16}


def test_a_worker_makes_the_same_network_anew(tmp_path):
    facts = OwnCache(tmp_path).make_facts(spec_of("by_name"), 2)
    artifact = factory_artifact(facts, "fp32")
    assert (artifact.format, artifact.main, artifact.bytes) == (FACTORY, "", 0)
    run = load_own(artifact, "cpu", torch.float32)
    words = flat(run(*map(torch.from_numpy, facts.inputs(0))))[0]
    wanted = np.load(Path(facts.folder) / "input0-output0000.npy")
    np.testing.assert_allclose(words.numpy(), wanted, rtol=1e-6)


def test_a_factory_that_makes_another_network_each_time_is_found_out(tmp_path):
    cache = OwnCache(tmp_path)
    facts = cache.make_facts(spec_of("another_each_time"), 1)
    with pytest.raises(WeightsDiffer, match="makes other weights"):
        load_own(factory_artifact(facts, "fp32"), "cpu", torch.float32)
    with pytest.raises(WeightsDiffer, match=r"torch\.manual_seed"):
        cache.make_artifact(facts, "onnx", "fp32")
    assert cache.artifact(facts, "onnx", "fp32") is None


@pytest.mark.parametrize(
    ("name", "said"), [("no_output", "gave nothing"), ("number_out", "gave float")]
)
def test_a_network_without_tensors_as_outputs_is_refused(tmp_path, name, said):
    with pytest.raises(BadFactory, match=said):
        OwnCache(tmp_path).make_facts(spec_of(name), 1)
    assert not list(tmp_path.glob("own-*"))


def test_what_is_gone_cannot_be_worked_with(tmp_path):
    cache = OwnCache(tmp_path)
    facts = cache.make_facts(spec_of("tied"), 1)
    shutil.rmtree(facts.folder)
    assert read_facts(Path(facts.folder)) is None
    with pytest.raises(OSError, match="no whole reference"):
        load_own(factory_artifact(facts, "fp32"), "cpu", torch.float32)
    with pytest.raises(OSError, match="no whole reference"):
        do_job(tmp_path, facts.spec, {"facts": facts.folder, "format": "onnx", "precision": "fp32"})


def test_jobs_of_the_maker_give_folders(tmp_path):
    spec = spec_of("tied")
    folder = do_job(tmp_path, spec, {"reference": 2})
    job = {"facts": folder, "format": "torchscript", "precision": "fp32"}
    made = Path(do_job(tmp_path, spec, job))
    manifest = json.loads((made / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["main"]) == ("torchscript", "model.pt")


CODE = """
import torch
SIZE = {size}
def make():
    torch.manual_seed({seed})
    return torch.nn.Linear(3, SIZE), torch.randn(2, 3)
"""


def test_changed_code_or_weights_are_another_network_and_the_same_is_found_again(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv(PATHS_VARIABLE, str(tmp_path))

    def identity(text):
        (tmp_path / "scal_changing.py").write_text(text, encoding="utf-8")
        sys.modules.pop("scal_changing", None)
        return OwnCache(tmp_path / "cache").make_facts(own_spec("scal_changing:make"), 1).identity

    first = identity(CODE.format(size=4, seed=1))
    assert identity(CODE.format(size=4, seed=1)) == first
    others = {
        identity(CODE.format(size=5, seed=1)),
        identity(CODE.format(size=4, seed=2)),
        identity(CODE.format(size=4, seed=1) + "# a comment may matter to nobody"),
    }
    assert len({first, *others}) == 4
    sys.modules.pop("scal_changing")
