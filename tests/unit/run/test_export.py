from pathlib import Path

from harness.run.export import ExportProcess, key_of, make


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
    started = []

    def start(part, root):
        started.append(FakeExport(part, root))
        return started[-1]

    answers = make(jobs, Path("cache"), start, width=2)
    assert answers.keys() == {key_of(job) for job in jobs}
    failed = sorted(answer.error for answer in answers.values() if answer.error)
    assert failed == ["ValueError: wrong", "it ended with status -9"]
    assert all(process.killed for process in started)
    asked = [job["name"] for process in started for job in process.jobs]
    assert asked.count("deadly") == 1
    assert set(asked) == {job["name"] for job in jobs}


def test_a_process_that_hangs_is_ended_and_its_job_fails(tmp_path):
    process = ExportProcess([{"spec": {}, "format": "onnx"}], tmp_path)
    answers, end = process.finish(stalled_s=0.0)
    assert answers == []
    assert end.startswith("the export process ended with status -9")
