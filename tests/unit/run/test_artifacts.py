from harness.core.case import Case, Target
from harness.core.reason import Reason, ReasonCode
from harness.run.artifacts import Material, gather
from model_zoo.solve import solve

CASE = Case(model=solve("mlp", 10_000), target=Target(backend="onnxruntime"))


def test_a_case_whose_export_fails_says_why(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    found = gather([CASE], blocked, lambda _: None)
    assert isinstance(found[CASE.id], Reason)
    assert found[CASE.id].code is ReasonCode.ARTIFACT_FAILED
    assert "Error" in found[CASE.id].detail


def test_a_backend_without_files_needs_no_export(tmp_path):
    case = Case(model=CASE.model, target=Target(backend="fake"))
    found = gather([case], tmp_path, lambda _: None)
    assert isinstance(found[case.id], Material)
    assert not list(tmp_path.iterdir())
