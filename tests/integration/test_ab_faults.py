"""One side breaks, and the run is cut off: real processes, and the pipes between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import psutil
import pytest

from harness.core.case import Case, Target
from harness.core.reason import ReasonCode
from harness.core.trial import Side, Status
from harness.run.ab import Sides
from harness.store.read import read_run
from model_zoo.own import own_spec
from tests.integration.runs import command, fake_case
from tests.integration.sides import FLAGS, checkout, no_process_is_left, of, python_with, run_pairs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="both sides need to be pinned")

FAULTS = {
    "segfault": (ReasonCode.WORKER_CRASHED, "SIGSEGV"),
    "exit": (ReasonCode.WORKER_EXITED, "exit status 3"),
    "raise": (ReasonCode.WORKER_ERROR, "RuntimeError"),
    "hang": (ReasonCode.WORKER_TIMED_OUT, "it kept the turn for 5 s; it was killed"),
}


def broken_on(side, **fault):
    """Make a case that breaks on one side only, and the sides that do so."""
    broken, healthy = fake_case(**fault), fake_case(work_us="60")
    if side is Side.BASE:
        return broken, Sides(planted={broken.id: healthy})
    return healthy, Sides(planted={healthy.id: broken})


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("moment", ["prepare", "run"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_side_that_breaks_fails_its_case_by_name_and_the_sweep_goes_on(
    places, listener, side, moment, fault
):
    code, said = FAULTS[fault]
    case, sides = broken_on(side, fault=fault, fault_at=moment)
    healthy = fake_case()
    timeout = 5 if fault == "hang" else 60
    run = run_pairs([case, healthy], sides, places, listener, timeout=timeout)
    (failed,) = [trial for trial in run.trials if trial.case_id == case.id]
    assert failed.side is side
    assert failed.outcome.status is Status.FAILED
    assert failed.outcome.reason.code is code
    assert failed.outcome.reason.detail.startswith(f"{side}: ")
    assert said in failed.outcome.reason.detail
    for number in (1, 2):
        pair = of(run, healthy, number)
        assert {trial.outcome.status for trial in pair.values()} == {Status.COMPLETED}
        assert set(pair) == set(Side)
    assert no_process_is_left()


@pytest.mark.parametrize("side", list(Side))
def test_outputs_that_differ_on_one_side_fail_the_case_before_it_is_timed(places, listener, side):
    case, sides = broken_on(side, fault="wrong")
    run = run_pairs([case], sides, places, listener)
    (failed,) = run.trials
    assert failed.side is side
    assert failed.outcome.reason.code is ReasonCode.OUTPUTS_DIFFER
    assert failed.timeline is None


def test_a_side_whose_server_dies_while_it_imports_fails_its_cases(places, listener, tmp_path):
    path = tmp_path / "python"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *harness.run.server*) kill -9 $$ ;; esac\nexec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    run = run_pairs([fake_case()], Sides(candidate=str(path)), places, listener)
    assert not run.trials
    (reason,) = run.header.skipped.values()
    assert reason.detail.startswith("candidate: ")
    assert no_process_is_left()


def test_a_case_that_one_side_cannot_serve_is_skipped_and_the_side_is_named(
    places, listener, tmp_path
):
    sides = Sides(candidate=python_with(tmp_path, work_us="many"))
    run = run_pairs([fake_case()], sides, places, listener)
    (reason,) = run.header.skipped.values()
    assert reason.code is ReasonCode.OPTION_UNSUPPORTED
    assert reason.detail.startswith("candidate: ")
    assert not run.trials


def test_a_side_without_numpy_has_its_cases_skipped(places, listener, tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    run = run_pairs([fake_case()], Sides(base=str(tmp_path / "bare")), places, listener)
    (reason,) = run.header.skipped.values()
    assert reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    assert "base: " in reason.detail
    assert "numpy" in reason.detail


def start(tmp_path, environment, *flags):
    return subprocess.Popen(
        command(["ab", f"--base={sys.executable}", f"--candidate={sys.executable}", *flags]),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_lines(tmp_path, count, process) -> Path:
    while process.poll() is None:
        for path in (tmp_path / "runs").glob("*.jsonl"):
            if path.read_bytes().count(b"\n") > count:
                return path
        time.sleep(0.005)
    raise AssertionError(process.stderr.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_a_file_that_can_be_read(number, tmp_path, environment):
    process = start(tmp_path, environment, *FLAGS, "--pairs=50", "--pair-seconds=0.3")
    path = wait_for_lines(tmp_path, 3, process)
    begun = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "begin again" in said
    assert "Traceback" not in said
    run = read_run(path)
    assert len(run.trials) >= 3
    assert run.end is None
    _, alive = psutil.wait_procs(begun, timeout=30)
    assert not alive


def test_a_killed_run_leaves_no_process_and_is_not_resumed(tmp_path, environment, scalecurve):
    process = start(tmp_path, environment, *FLAGS, "--pairs=50", "--pair-seconds=0.3")
    path = wait_for_lines(tmp_path, 3, process)
    begun = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(begun, timeout=30)
    assert not alive
    shown = scalecurve("show", path)
    assert shown.returncode == 0
    assert "`ab` begins a new one" in shown.stderr
    done = scalecurve("run", "--resume", path)
    assert done.returncode == 2
    assert "A/B run" in done.stderr


def test_a_network_that_one_side_cannot_make_is_said_to_be_that_sides(places, listener, tmp_path):
    sides = Sides(base=checkout(tmp_path / "ours", 2), candidate=checkout(tmp_path / "theirs", 2))
    (tmp_path / "theirs" / "ab_nets.py").write_text(
        "def make():\n    raise RuntimeError('no network today')\n", encoding="utf-8"
    )
    case = Case(model=own_spec("ab_nets:make"), target=Target(backend="eager"))
    run = run_pairs([case], sides, places, listener, rounds=1)
    assert not run.trials
    (reason,) = run.header.skipped.values()
    assert reason.detail.startswith("candidate: ")
    assert "no network today" in reason.detail
