"""Files in plans: which cases they make, and on what they are skipped."""

import pytest

from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.run.artifacts import gather
from harness.run.expand import expand
from harness.run.fit import impossible
from harness.run.material import Material
from harness.run.plan import make_plan
from tests.unit.model_zoo.onnx_files import dense, save, tokens


@pytest.fixture
def file(tmp_path):
    return save(dense(), tmp_path / "net.onnx")


def plan(file, **more):
    return make_plan({"onnx": [str(file)], "backend": ["onnxruntime"], "control": False, **more})


def test_a_file_is_a_case_for_every_target_and_batch_size(file):
    cases = expand(plan(file, threads=[1, 2], batch_size=[1, 8]))
    assert len({case.id for case in cases}) == 4
    assert {case.model.preset for case in cases} == {str(file)}
    assert {case.model.family for case in cases} == {"onnx"}


def test_the_axis_batch_is_the_batch_size(file):
    (case,) = expand(plan(file, axis=["batch=8"]))
    assert case.batch_size == 8
    assert case.model.dimensions == ()
    (same,) = expand(plan(file, axis=["batch=8"], batch_size=[8]))
    assert same == case
    with pytest.raises(UsageError, match="give one"):
        expand(plan(file, axis=["batch=8"], batch_size=[4]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"onnx": ["absent.onnx"]}, r"onnx: absent\.onnx"),
        ({"torchscript": ["absent.pt"]}, "torchscript: absent"),
        ({"axis": ["seq"]}, "axis: "),
        ({"input": ["x"]}, "onnx: input 'x'"),
        ({"onnx": [], "family": ["mlp"], "params": ["1e4"], "axis": ["seq=1"]}, "only files"),
        ({"onnx": []}, "family and params, or preset, module, onnx"),
        ({"module": ["nets"]}, "module: "),
    ],
)
def test_what_is_not_there_or_cannot_be_read_is_a_usage_error(file, changes, said):
    with pytest.raises(UsageError, match=said):
        expand(plan(file, **changes))


def test_files_can_be_excluded_by_their_paths(file, tmp_path):
    other = save(tokens(), tmp_path / "tokens.onnx")
    wanted = plan(file, onnx=[str(file), str(other)], exclude=[{"onnx": [str(other)]}])
    assert [case.model.preset for case in expand(wanted)] == [str(file)]


def test_a_backend_that_starts_from_something_else_says_so(file):
    cases = expand(plan(file, backend=["eager", "torchscript", "onnxruntime"]))
    reasons = {case.target.backend: impossible(case) for case in cases}
    assert reasons["onnxruntime"] is None
    assert reasons["eager"].code is reasons["torchscript"].code is ReasonCode.FORMAT_UNSUPPORTED


def test_a_case_starts_from_the_copy_whose_axes_are_bound(file, tmp_path):
    (case,) = expand(plan(file, batch_size=[3]))
    found = gather([case], tmp_path / "cache", lambda _: None)[case.id]
    assert isinstance(found, Material)
    assert found.artifact.path.is_relative_to(tmp_path / "cache")
    assert (found.needs.parameter_count, found.needs.depth, found.needs.widest) == (12, 1, 4)


def test_another_precision_than_the_files_is_skipped(file, tmp_path):
    (case,) = expand(plan(file, precision=["fp16"]))
    found = gather([case], tmp_path / "cache", lambda _: None)[case.id]
    assert isinstance(found, Reason)
    assert found.code is ReasonCode.PRECISION_UNSUPPORTED


def test_an_axis_that_has_no_size_is_a_usage_error(tmp_path):
    (case,) = expand(plan(save(tokens(), tmp_path / "tokens.onnx")))
    with pytest.raises(UsageError, match="--axis seq=SIZE"):
        gather([case], tmp_path / "cache", lambda _: None)
