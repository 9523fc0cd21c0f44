import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model_zoo.build import build
from model_zoo.export.cache import FORMATS, ArtifactCache, default_root
from model_zoo.export.folder import MANIFEST, make_folder, read_manifest
from model_zoo.export.weights import load
from model_zoo.fill import fillings
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

SPEC = solve("mlp", 10**4)
MAKE = [sys.executable, "-m", "model_zoo.export.make"]


def test_what_was_made_is_found_again(tmp_path):
    cache = ArtifactCache(tmp_path)
    assert cache.get(SPEC, "torch") is None
    made = cache.make(SPEC, "torch")
    assert cache.get(SPEC, "torch") == cache.make(SPEC, "torch") == made
    assert made.path.is_file()
    assert made.bytes >= 4 * made.parameter_count
    assert len(made.digest) == 64
    assert "torch " in made.exporter_version
    manifest = json.loads((made.path.parent / MANIFEST).read_text(encoding="utf-8"))
    assert ModelSpec.from_record(manifest["spec"]) == SPEC


def test_format_precision_and_spec_have_artifacts_of_their_own(tmp_path):
    cache = ArtifactCache(tmp_path)
    made = [
        cache.make(SPEC, "torch"),
        cache.make(SPEC, "torch", "fp16"),
        cache.make(SPEC, "torchscript"),
        cache.make(solve("mlp", 20_000), "torch"),
    ]
    assert len({artifact.folder for artifact in made}) == 4


@pytest.mark.parametrize("damage", ["missing", "short", "manifest"])
def test_a_broken_artifact_is_made_again(tmp_path, damage):
    cache = ArtifactCache(tmp_path)
    made = cache.make(SPEC, "torch")
    if damage == "missing":
        made.path.unlink()
    elif damage == "short":
        made.path.write_bytes(made.path.read_bytes()[:-1])
    else:
        (made.path.parent / MANIFEST).write_text("{", encoding="utf-8")
    assert cache.get(SPEC, "torch") is None
    assert cache.make(SPEC, "torch").digest == made.digest
    assert cache.get(SPEC, "torch") is not None


def test_unknown_formats_precisions_and_families_are_refused(tmp_path):
    cache = ArtifactCache(tmp_path)
    with pytest.raises(ValueError, match="unknown format 'tflite'; there are torch"):
        cache.get(SPEC, "tflite")
    with pytest.raises(ValueError, match="unknown precision 'fp8'; there are fp32"):
        cache.make(SPEC, "torch", "fp8")
    with pytest.raises(ValueError, match="unknown family"):
        cache.get(ModelSpec(family="../out", dimensions=()), "torch")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_maker_leaves_nothing(tmp_path):
    def fail(folder):
        (folder / "half").write_text("x", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        make_folder(tmp_path / "artifact", fail)
    assert [path.name for path in tmp_path.iterdir()] == [".artifact.lock"]
    manifest = make_folder(tmp_path / "artifact", lambda folder: {"main": folder.name})
    assert read_manifest(tmp_path / "artifact") == manifest


_SLOW = """
import sys, time
from pathlib import Path
from model_zoo.export.folder import make_folder

def write(folder):
    (folder / "half").write_text("half", encoding="utf-8")
    with open(sys.argv[2], "a") as log:
        log.write("made\\n")
    print("writing", flush=True)
    time.sleep(float(sys.argv[3]))
    return {}

make_folder(Path(sys.argv[1]), write)
"""


def slow_maker(folder, log, seconds):
    command = [sys.executable, "-c", _SLOW, str(folder), str(log), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_maker_is_neither_seen_nor_waited_for(tmp_path):
    folder, log = tmp_path / "artifact", tmp_path / "log"
    with slow_maker(folder, log, 600) as maker:
        assert maker.stdout.readline() == "writing\n"
        assert read_manifest(folder) is None
        assert not folder.exists()
        os.kill(maker.pid, signal.SIGKILL)
    make_folder(folder, lambda _: {})
    assert read_manifest(folder) is not None
    assert not list(tmp_path.glob(".artifact.partial-*"))


def test_two_makers_make_once(tmp_path):
    folder, log = tmp_path / "artifact", tmp_path / "log"
    makers = [slow_maker(folder, log, 0.5) for _ in range(2)]
    for maker in makers:
        maker.communicate()
        assert maker.returncode == 0
    assert log.read_text(encoding="utf-8") == "made\n"


def test_two_processes_share_a_cache(tmp_path):
    jobs = [{"spec": SPEC.as_record(), "format": form} for form in ("torch", "torchscript")]
    command = [*MAKE, "--cache", str(tmp_path)]
    makers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for maker in makers:
        maker.stdin.write(json.dumps(jobs))
        maker.stdin.close()
    answers = [[json.loads(line) for line in maker.stdout] for maker in makers]
    for maker in makers:
        maker.stdout.close()
        assert maker.wait() == 0
    first, second = ([answer["path"] for answer in own] for own in answers)
    assert first == second
    assert ArtifactCache(tmp_path).get(SPEC, "torchscript") is not None


def test_the_maker_says_what_failed_and_goes_on(tmp_path):
    jobs = [
        {"spec": {"family": "mlp"}, "format": "torch"},
        {"spec": SPEC.as_record(), "format": "onnx"},
        {"spec": SPEC.as_record(), "reference": 2},
    ]
    command = [*MAKE, "--cache", str(tmp_path)]
    done = subprocess.run(
        command, input=json.dumps(jobs), capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [answer["ok"] for answer in answers] == [False, True, True]
    assert "ValueError: not a model spec" in answers[0]["error"]
    assert "Traceback" in answers[0]["traceback"]
    assert Path(answers[1]["path"]).name == "model.onnx"
    assert Path(answers[2]["path"]).is_dir()
    assert all(answer["seconds"] >= 0 for answer in answers)


def test_weights_are_read_back_exactly(tmp_path):
    for family in ("resnet", "decoder"):
        for precision, dtype in (("fp32", "float32"), ("bf16", "bfloat16")):
            spec = solve(family, 10**5)
            loaded = load(ArtifactCache(tmp_path).make(spec, "torch", precision))
            built = build(spec, dtype).module
            for (name, ours, _), (_, theirs, _) in zip(
                fillings(loaded), fillings(built), strict=True
            ):
                assert torch.equal(ours, theirs), name
            assert not loaded.training


def test_weights_that_do_not_fit_their_index_are_refused(tmp_path):
    made = ArtifactCache(tmp_path).make(SPEC, "torch")
    index = made.path.parent / "tensors.json"
    contents = made.path.read_bytes()
    made.path.write_bytes(contents[:-1])
    with pytest.raises(OSError, match="ends 1 bytes early"):
        load(made)
    made.path.write_bytes(contents)
    entries = json.loads(index.read_text(encoding="utf-8"))
    entries[0]["shape"] = [1]
    index.write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(ValueError, match=r"is \(1,\), not"):
        load(made)


def test_the_reference_is_the_network_in_double_precision(tmp_path):
    cache, spec = ArtifactCache(tmp_path), solve("encoder", 10**4)
    assert cache.reference(spec, 2) is None
    reference = cache.make_reference(spec, 2)
    assert cache.reference(spec, 2) == cache.make_reference(spec, 2) == reference
    assert cache.reference(spec, 3) is None
    assert reference.output_names == ("states", "pooled")
    assert reference.output_shapes == ((2, 128, spec["width"]), (2, spec["width"]))
    for index in (0, 1):
        (tokens,) = example_inputs(spec, 2, index)
        expected = build(spec, "float64").module(torch.from_numpy(tokens))
        for ours, theirs in zip(reference.outputs(index), expected, strict=True):
            assert ours.dtype == np.float64
            assert np.allclose(ours, theirs.numpy(), rtol=1e-12)


def test_the_cache_is_where_it_was_asked_for(tmp_path):
    assert default_root({"SCALECURVE_CACHE": str(tmp_path)}) == tmp_path
    assert default_root({}).name == "scalecurve"


@pytest.mark.skipif(sys.platform != "linux", reason="the place for caches is Linux's")
def test_the_platforms_place_is_followed(tmp_path):
    assert default_root({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "scalecurve"


def test_a_lookup_takes_no_lock_and_writes_nothing(tmp_path):
    root = tmp_path / "none"
    for form in FORMATS:
        assert ArtifactCache(root).get(SPEC, form) is None
    assert not root.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="its locks have no such errors")
def test_a_mount_without_locks_is_no_error_and_any_other_failure_is():
    from model_zoo.export.lock import where_kept

    def failing(code):
        def flock(descriptor, how):
            del descriptor, how
            raise OSError(code, os.strerror(code))

        return flock

    where_kept(failing(errno.ENOLCK), -1, 2)
    with pytest.raises(OSError, match="Input/output"):
        where_kept(failing(errno.EIO), -1, 2)
