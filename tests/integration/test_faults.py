"""What one case does to itself must not touch the others; every process here is real."""

import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.analyse.records import records
from harness.backends.fake import FAULT_AT_IMPORT
from harness.core.case import Target
from harness.core.reason import ReasonCode
from harness.core.trial import Pass, Status
from harness.run.start import measure
from harness.store.read import read_run
from tests.integration.runs import by_fault, fake_case, short_plan


def run_cases(cases, places, listener, **plan):
    path = measure(tuple(cases), short_plan(**plan), ["test"], places, listener)
    run = read_run(path)
    assert run.end is not None
    return run


@pytest.mark.parametrize("moment", ["prepare", "run"])
@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("segfault", ReasonCode.WORKER_CRASHED, "SIGSEGV"),
        ("exit", ReasonCode.WORKER_EXITED, "exit status 3"),
        ("raise", ReasonCode.WORKER_ERROR, "RuntimeError"),
        ("hang", ReasonCode.WORKER_TIMED_OUT, "it was killed"),
    ],
)
def test_a_backend_that_breaks_fails_its_case_and_no_other(
    places, listener, fault, code, said, moment
):
    cases = [fake_case(), fake_case(fault=fault, fault_at=moment)]
    run = run_cases(cases, places, listener, timeout=5 if fault == "hang" else 60)
    found = by_fault(records(run))
    assert found[""].outcome.status is Status.COMPLETED
    healthy = found[""].case.id
    timed = [trial.timeline for trial in run.trials if trial.case_id == healthy and trial.timeline]
    assert any(timeline.samples_ns for timeline in timed)
    assert found[fault].outcome.status is Status.FAILED
    assert found[fault].outcome.reason.code is code
    assert said in found[fault].outcome.reason.detail
    assert all(value.value is None for value in found[fault].values.values())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("nan", ReasonCode.OUTPUTS_NOT_FINITE),
        ("wrong", ReasonCode.OUTPUTS_DIFFER),
        ("shape", ReasonCode.OUTPUTS_DIFFER),
    ],
)
def test_wrong_outputs_fail_the_case_before_it_is_timed(places, listener, fault, code):
    run = run_cases([fake_case(fault=fault)], places, listener)
    (trial,) = run.trials
    assert trial.outcome.reason.code is code
    assert trial.timeline is None


@pytest.mark.parametrize("fault", ["segfault", "raise", "exit"])
def test_a_runtime_that_breaks_while_it_is_imported_fails_its_cases_and_no_other(
    places, listener, monkeypatch, fault
):
    monkeypatch.setenv(FAULT_AT_IMPORT, fault)
    healthy = replace(fake_case(), target=Target(backend="onnxruntime"))
    run = run_cases([fake_case(), healthy], places, listener, rounds=1)
    by_backend = {record.case.target.backend: record for record in records(run)}
    assert by_backend["fake"].outcome.status is Status.FAILED
    assert by_backend["onnxruntime"].outcome.status is Status.COMPLETED


def test_a_failed_case_is_not_tried_again_in_later_rounds(places, listener):
    run = run_cases([fake_case(), fake_case(fault="segfault")], places, listener, rounds=3)
    timed = [trial.case_id for trial in run.trials if trial.kind is Pass.TIMING]
    assert sorted(timed.count(case.id) for case in run.header.cases) == [1, 3]


def test_a_backend_that_prints_while_it_loads_is_measured_all_the_same(places, listener, capfd):
    run = run_cases([fake_case(fault="stdout")], places, listener)
    (record,) = records(run)
    assert record.outcome.status is Status.COMPLETED
    assert "prints while it loads" not in "".join(capfd.readouterr())


def test_a_backend_that_exhausts_memory_fails_with_that_reason(tmp_path, cache):
    script = tmp_path / "limited.py"
    script.write_text(
        "import sys, resource\n"
        "from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from harness.run.start import Places, measure\n"
        "from tests.integration.runs import Quiet, fake_case, short_plan\n"
        "folder, cache = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "places = Places(out=folder / 'out', cache=cache, state=folder / 'state')\n"
        "cases = (fake_case(fault='memory'), fake_case())\n"
        "print(measure(cases, short_plan(), ['test'], places, Quiet()))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script, tmp_path, cache],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1"},
    )
    found = by_fault(records(read_run(Path(done.stdout.strip()))))
    assert found["memory"].outcome.reason.code is ReasonCode.OUT_OF_MEMORY
    assert found[""].outcome.status is Status.COMPLETED


def test_a_full_disk_ends_the_run_with_a_plain_error_and_keeps_what_was_written(
    scalecurve, tmp_path
):
    limited = tmp_path / "sitecustomize.py"
    limited.write_text(
        "import resource, sys\n"
        "if 'scalecurve' in sys.argv[0] or '-m' in sys.orig_argv:\n"
        "    if 'scalecurve' in sys.orig_argv:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n",
        encoding="utf-8",
    )
    plan = ["run", "--family=mlp", "--params=1e4", "--backend=fake", "--no-memory"]
    done = scalecurve(
        *plan,
        "--rounds=40",
        "--seconds=0.02",
        "--option=fake.work_us=50",
        PYTHONPATH=str(tmp_path),
        COVERAGE_PROCESS_CONFIG="",
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    assert str(path.name) in done.stderr
    assert read_run(path).trials


def test_an_output_folder_that_cannot_be_written_is_said_before_anything_is_measured(scalecurve):
    done = scalecurve("run", "--family=mlp", "--params=1e4", "--backend=fake", "--out=/proc/none")
    assert done.returncode == 2
    assert "/proc/none" in done.stderr
    assert "Traceback" not in done.stderr


def test_limits_of_this_test_process_are_untouched():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
