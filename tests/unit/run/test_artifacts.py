from pathlib import Path

from harness.core.case import Case, Target
from harness.core.reason import Reason, ReasonCode
from harness.run.artifacts import Material, gather, make
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


def test_a_job_that_kills_its_process_fails_and_the_others_go_on():
    jobs = [{"name": name} for name in ("a", "deadly", "b", "wrong")]
    asked = []

    def export(left, root):
        del root
        asked.append([job["name"] for job in left])
        answers = []
        for job in left:
            if job["name"] == "deadly":
                return answers, "it ended with status -9"
            error = {"error": "ValueError: wrong"} if job["name"] == "wrong" else {}
            answers.append({"job": job, **error})
        return answers, ""

    told = []
    failures = make(jobs, Path("cache"), told.append, export)
    assert asked == [["a", "deadly", "b", "wrong"], ["b", "wrong"]]
    assert list(failures.values()) == ["it ended with status -9", "ValueError: wrong"]
    assert "4 exported" in told[0]
