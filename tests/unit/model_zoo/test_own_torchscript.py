"""TorchScript files of the user's own: looked at, loaded, run and counted in another process."""

import pickle
import warnings
import zipfile

import numpy as np
import pytest
import torch

from model_zoo.own.archive import check_archive
from model_zoo.own.cache import OwnCache, file_artifact
from model_zoo.own.files import BadFile, UnboundAxis, file_spec

pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit.* is deprecated:DeprecationWarning",
    "ignore:`torch.jit.* is not supported:DeprecationWarning",
)
INPUT = "rows=float32[batch,8]"


def write(module, path, *example, freeze=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(module.eval(), example)
        torch.jit.save(torch.jit.freeze(traced) if freeze else traced, path)
    return path


@pytest.fixture
def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))


@pytest.fixture
def file(net, tmp_path):
    return write(net, tmp_path / "net.pt", torch.zeros(1, 8))


def facts_of(path, tmp_path, batch_size=1, **given):
    spec = file_spec("torchscript", str(path), **given)
    return OwnCache(tmp_path / "cache").make_facts(spec, batch_size)


def test_it_is_run_on_inputs_of_the_declared_type_and_shape(net, file, tmp_path):
    facts = facts_of(file, tmp_path, 5, inputs=[INPUT])
    assert facts.parameter_count == 8 * 16 + 16 + 16 * 3 + 3
    assert facts.flops == 2 * 5 * (8 * 16 + 16 * 3)
    assert facts.output_shapes == ((5, 3),)
    assert (facts.precision, facts.reference_by) == ("fp32", "torchscript")
    (given,) = facts.inputs(0)
    assert given.shape == (5, 8)
    with torch.no_grad():
        expected = net(torch.from_numpy(given)).numpy()
    found = np.load(f"{facts.folder}/input0-output0000.npy")
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    artifact = file_artifact(facts)
    assert artifact.format == "torchscript"
    assert artifact.path.read_bytes() == file.read_bytes()


def test_weights_of_a_frozen_archive_are_found_in_its_graph(net, tmp_path):
    path = write(net, tmp_path / "frozen.pt", torch.zeros(1, 8), freeze=True)
    assert facts_of(path, tmp_path, inputs=[INPUT]).parameter_count == 8 * 16 + 16 + 16 * 3 + 3


def test_the_precision_is_that_of_the_weights(tmp_path):
    path = write(
        torch.nn.Linear(8, 3).bfloat16(),
        tmp_path / "half.pt",
        torch.zeros(1, 8, dtype=torch.bfloat16),
    )
    assert facts_of(path, tmp_path, inputs=[INPUT]).precision == "bf16"


def test_tokens_are_drawn_from_their_range_along_axes_with_names(tmp_path):
    table = torch.nn.Embedding(50, 4)
    path = write(table, tmp_path / "table.pt", torch.zeros(1, 6, dtype=torch.int64))
    declared = ["ids=int64[batch,seq]:40..49"]
    facts = facts_of(path, tmp_path, 2, inputs=declared, axes={"seq": 30})
    (ids,) = facts.inputs(1)
    assert ids.shape == (2, 30)
    assert ids.min() >= 40


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({}, BadFile, "does not say what it takes"),
        ({"inputs": ["rows=0..1"]}, BadFile, "needs its type and shape"),
        ({"inputs": ["rows=float32[batch,wide]"]}, UnboundAxis, "--axis wide=SIZE"),
        ({"inputs": [INPUT], "axes": {"wide": 3}}, UnboundAxis, "no axis 'wide'"),
        ({"inputs": ["rows=float32[batch,9]"]}, BadFile, "does not run"),
        ({"inputs": [INPUT, "more=float32[batch]"]}, BadFile, "does not run"),
    ],
)
def test_what_does_not_go_with_the_file_is_said(file, tmp_path, given, kind, said):
    with pytest.raises(kind, match=said):
        facts_of(file, tmp_path, **given)


def test_what_is_no_tensor_is_said(tmp_path):
    class Counts(torch.nn.Module):
        def forward(self, rows: torch.Tensor) -> int:
            return rows.shape[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Counts()), tmp_path / "counts.pt")
    with pytest.raises(BadFile, match="gives int"):
        facts_of(tmp_path / "counts.pt", tmp_path, inputs=[INPUT])


class Boom:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_a_pickle_is_refused_and_never_unpickled(tmp_path):
    plain = tmp_path / "plain.pt"
    plain.write_bytes(pickle.dumps(Boom()))
    saved = tmp_path / "saved.pt"
    torch.save(Boom(), saved)
    for path in (plain, saved):
        with pytest.raises(BadFile, match="no TorchScript archive"):
            facts_of(path, tmp_path, inputs=[INPUT])


def test_an_archive_that_breaks_inside_is_refused(file, tmp_path):
    broken = tmp_path / "broken.pt"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(broken, "w") as new:
        for entry in old.infolist():
            if not entry.filename.endswith("constants.pkl"):
                new.writestr(entry, old.read(entry))
    with pytest.raises(BadFile, match="that loads"):
        facts_of(broken, tmp_path, inputs=[INPUT])


def archive(path, code, *, size=0):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("net/code/__torch__.py", code)
        made.writestr("net/data.pkl", b"\0" * size)
    return path


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.from_file('/etc/hostname', False, 5)",
        "ops.aten.save (x, 'out')",
        "torch.save(x, 'out')",
    ],
)
def test_code_that_touches_files_is_refused_before_it_is_loaded(tmp_path, code):
    with pytest.raises(BadFile, match=r"__torch__\.py calls"):
        check_archive(archive(tmp_path / "net.pt", code))


def test_code_that_does_not_is_let_through(tmp_path):
    harmless = archive(tmp_path / "net.pt", "def forward(self, x):\n  return torch.relu(x)\n")
    before = harmless.read_bytes()
    check_archive(harmless)
    assert harmless.read_bytes() == before


def test_an_archive_that_would_unpack_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("model_zoo.own.archive.LARGEST_DATA", 10_000)
    with pytest.raises(BadFile, match="bytes unpacked; refused"):
        check_archive(archive(tmp_path / "net.pt", "pass", size=1_000_000))
