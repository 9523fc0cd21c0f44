"""Two interpreters in turns; every process here is real, and so are the pipes between them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import venv
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.analyse.records import records
from harness.backends.fake import PLANTED
from harness.core.case import Case, Target
from harness.core.reason import ReasonCode
from harness.core.trial import Side, Status
from harness.run.ab import Sides, measure
from harness.run.ab_pair import starter
from harness.store.read import read_run
from model_zoo.own import own_spec
from tests.integration.runs import command, fake_case, short_plan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="both sides need to be pinned")

FLAGS = ["--family=mlp", "--params=1e4", "--backend=fake", "--option=fake.work_us=50"]
SHORT = [*FLAGS, "--pairs=2", "--pair-seconds=0.3"]
FAULTS = {
    "segfault": (ReasonCode.WORKER_CRASHED, "SIGSEGV"),
    "exit": (ReasonCode.WORKER_EXITED, "exit status 3"),
    "raise": (ReasonCode.WORKER_ERROR, "RuntimeError"),
    "hang": (ReasonCode.WORKER_TIMED_OUT, "it kept the turn for 2 s; it was killed"),
}
OTHER = {Side.BASE: Side.CANDIDATE, Side.CANDIDATE: Side.BASE}


def python_with(folder: Path, **options: str) -> str:
    """Make an interpreter of which the fake runtime has these options, whatever is asked for."""
    planted = ",".join(f"{name}={value}" for name, value in options.items())
    path = folder / f"python-{len(list(folder.iterdir()))}"
    path.write_text(
        f'#!/bin/sh\nexport {PLANTED}="{planted}"\nexec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def run_pairs(cases, sides, places, listener, **plan):
    short = short_plan(**{"rounds": 2, "seconds": 0.3, **plan})
    run = read_run(measure(tuple(cases), short, sides, ["test"], places, listener))
    assert run.end is not None
    return run


def of(run, case, number=1):
    """Return the trials of one pair by side."""
    chosen = [t for t in run.trials if t.case_id == case.id and t.round == number]
    return {trial.side: trial for trial in chosen}


def no_process_is_left() -> bool:
    children = psutil.Process().children(recursive=True)
    return not [child for child in children if "harness.run." in " ".join(child.cmdline())]


def test_each_side_leaves_an_ordinary_trial_of_every_pair_in_one_file(places, listener):
    case = fake_case()
    control = replace(case, replica=1)
    run = run_pairs([case, control], Sides(), places, listener)
    assert run.header.candidate is not None
    assert len(run.trials) == 2 * 2 * 2
    for one in (case, control):
        for number in (1, 2):
            pair = of(run, one, number)
            assert set(pair) == set(Side)
            assert {trial.outcome.status for trial in pair.values()} == {Status.COMPLETED}
            assert all(trial.verification for trial in pair.values())
            assert all(trial.decision for trial in pair.values())
            assert not any(trial.timeline.host_ns for trial in pair.values())
    for side in Side:
        assert {record.outcome.status for record in records(run, side)} == {Status.COMPLETED}
    assert no_process_is_left()


def test_both_sides_take_turns_on_one_core_in_the_order_that_the_seed_gives(places, listener):
    case = fake_case()
    run = run_pairs([case], Sides(), places, listener, rounds=3, seed=7)
    for number in (1, 2, 3):
        pair = of(run, case, number)
        cores = {core for trial in pair.values() for core in trial.timeline.probes.core}
        assert len(cores) == 1
        slices = sorted(
            (start, start + duration, side)
            for side, trial in pair.items()
            for start, duration in zip(
                trial.timeline.slices.start_ns, trial.timeline.slices.duration_ns, strict=True
            )
        )
        ends = [end for _, end, _ in slices]
        assert all(end <= start for end, (start, _, _) in zip(ends, slices[1:], strict=False))
        first = starter(case.id, number, 7)
        block = [first, OTHER[first], OTHER[first], first]
        order = [side for _, _, side in slices]
        assert order == [block[place % 4] for place in range(len(order))]
        assert order.count(Side.BASE) == order.count(Side.CANDIDATE)


def test_who_starts_is_shuffled_and_each_side_starts_once_in_two_rounds():
    starts = [[starter(f"case{n}", number, 3) for number in (1, 2)] for n in range(50)]
    assert all(set(pair) == set(Side) for pair in starts)
    assert {pair[0] for pair in starts} == set(Side)
    assert starts == [[starter(f"case{n}", number, 3) for number in (1, 2)] for n in range(50)]


def test_each_side_runs_in_its_own_interpreter(places, listener, tmp_path):
    case = fake_case()
    sides = Sides(candidate=python_with(tmp_path, work_us="400"))
    run = run_pairs([case, replace(case, replica=1)], sides, places, listener, rounds=1)
    pair, control = of(run, case), of(run, replace(case, replica=1))
    assert min(pair[Side.CANDIDATE].timeline.samples_ns) >= 400_000
    for trial in (pair[Side.BASE], *control.values()):
        assert min(trial.timeline.samples_ns) < 400_000
    assert run.header.candidate.system["executable"] == sides.candidate
    assert run.header.environment.system["executable"] == sys.executable


def test_a_known_difference_can_be_planted_in_the_network_itself(places, listener):
    case, slower = fake_case(), fake_case(work_us="300")
    run = run_pairs([case], Sides(planted={case.id: slower}), places, listener, rounds=1)
    assert {trial.case_id for trial in run.trials} == {case.id}
    assert min(of(run, case)[Side.CANDIDATE].timeline.samples_ns) >= 300_000


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
    timeout = 2 if fault == "hang" else 60
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


BOTH = [f"--base={sys.executable}", f"--candidate={sys.executable}"]


def test_the_command_prints_the_sides_the_verdicts_and_where_the_file_is(scalecurve, tmp_path):
    done = scalecurve("ab", *BOTH, *SHORT)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    assert f"wrote {path.relative_to(tmp_path)}" in done.stderr
    assert f"base: CPython {sys.version.split()[0]}" in done.stdout
    assert "no version that can move a number" in done.stdout
    assert "latency_quiet" in done.stdout
    assert "control:" in done.stdout


def test_verdicts_can_be_json_or_markdown(scalecurve):
    found = json.loads(scalecurve("ab", *BOTH, *SHORT, "--json").stdout)
    assert {one["metric"] for one in found} == {"latency_quiet", "prepare_time"}
    assert {one["rounds"] for one in found} == {2}
    assert "| latency_quiet |" in scalecurve("ab", *BOTH, *SHORT, "--markdown").stdout
    assert scalecurve("ab", *BOTH, *SHORT, "--markdown", "--json").returncode == 2


def test_offline_cases_are_compared_by_their_throughput(scalecurve):
    flags = [*SHORT, "--scenario=offline", "--batch-size=8", "--json"]
    found = json.loads(scalecurve("ab", *BOTH, *flags).stdout)
    assert found[0]["metric"] == "throughput_quiet"


def test_a_dry_run_prints_cases_and_time_and_measures_nothing(scalecurve, tmp_path):
    done = scalecurve("ab", *BOTH, *FLAGS, "--dry-run")
    assert "2 cases, 5 pairs of each: about" in done.stdout
    told = json.loads(scalecurve("ab", *BOTH, *FLAGS, "--dry-run", "--json").stdout)
    assert len(told["cases"]) == 2
    assert told["expected_seconds"] > 0
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_interpreter_that_is_none_is_said_before_anything_runs(scalecurve, tmp_path, more):
    done = scalecurve("ab", BOTH[0], "--candidate=/bin/false", *FLAGS, *more)
    assert done.returncode == 2
    assert "--candidate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "wrong", [["--pairs=0"], ["--pair-seconds=0"], ["--threshold=2"], ["--family=none"]]
)
def test_what_makes_no_run_is_refused(scalecurve, wrong):
    done = scalecurve("ab", *BOTH, *SHORT, *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def checkout(folder, layers) -> str:
    """Make a checkout with an interpreter, and a network of its own."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (folder / "ab_nets.py").write_text(
        "import torch\n"
        "def make():\n"
        f"    layers = [torch.nn.Linear(32, 32) for _ in range({layers})]\n"
        "    return torch.nn.Sequential(*layers), torch.randn(1, 32)\n",
        encoding="utf-8",
    )
    return str(folder)


def test_each_checkout_measures_its_own_network_against_its_own_reference(
    places, listener, tmp_path
):
    sides = Sides(base=checkout(tmp_path / "ours", 2), candidate=checkout(tmp_path / "theirs", 40))
    case = Case(model=own_spec("ab_nets:make"), target=Target(backend="eager"))
    run = run_pairs([case], sides, places, listener, rounds=1)
    pair = of(run, case)
    assert {trial.outcome.status for trial in pair.values()} == {Status.COMPLETED}
    assert all(trial.verification for trial in pair.values())
    fastest = {side: min(trial.timeline.samples_ns) for side, trial in pair.items()}
    assert fastest[Side.BASE] < fastest[Side.CANDIDATE]


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
