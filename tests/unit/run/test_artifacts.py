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


class FakeExport:
    """Does the jobs of one process; `deadly` ends it, `wrong` fails."""

    def __init__(self, jobs, root):
        del root
        self.jobs = jobs
        self.killed = False

    def finish(self):
        answers = []
        for job in self.jobs:
            if job["name"] == "deadly":
                return answers, "it ended with status -9"
            error = {"error": "ValueError: wrong"} if job["name"] == "wrong" else {}
            answers.append({"job": job, **error})
        return answers, ""

    def kill(self):
        self.killed = True


def test_a_job_that_kills_its_process_fails_and_the_others_go_on():
    jobs = [{"name": name} for name in ("a", "b", "deadly", "c", "d", "wrong", "e", "f")]
    started, told = [], []

    def start(part, root):
        started.append(FakeExport(part, root))
        return started[-1]

    failures = make(jobs, Path("cache"), told.append, start, width=2)
    assert sorted(failures.values()) == ["ValueError: wrong", "it ended with status -9"]
    assert all(process.killed for process in started)
    assert "8 exported" in told[0]
    asked = [job["name"] for process in started for job in process.jobs]
    assert asked.count("deadly") == 1
    assert set(asked) == {job["name"] for job in jobs}
