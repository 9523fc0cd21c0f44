"""A run that is cut off at any moment keeps what is finished, and goes on later."""

import os
import random
import signal
import subprocess
import time

import psutil
import pytest

from harness.analyse.records import records
from harness.core.trial import Status
from harness.store.read import read_run
from model_zoo.export.cache import ArtifactCache
from model_zoo.solve import solve
from tests.integration.runs import command

PLAN = [
    "run",
    "--family=mlp",
    "--params=1e4",
    "--backend=fake,onnxruntime",
    "--option=fake.work_us=50",
    "--rounds=3",
    "--seconds=0.05",
]
TRIALS = 3 * 3 + 2


def start(tmp_path, environment):
    return subprocess.Popen(
        command(PLAN),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_trials(tmp_path, count, process):
    """Wait until the run file has so many lines beside its header; return its path."""
    while process.poll() is None:
        for path in (tmp_path / "runs").glob("*.jsonl"):
            if path.read_bytes().count(b"\n") > count:
                return path
        time.sleep(0.005)
    raise AssertionError(process.stderr.read())


def children_of(pid):
    """Find the servers and workers that were started by a process, also after its end."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(word.startswith("harness.run.") for word in words) and str(pid) in words:
            found.append(process)
    return found


def killed_at_a_random_moment(seed, tmp_path, environment):
    """Kill a run; return its path, and the id of the process that is gone."""
    chance = random.Random(seed)
    process = start(tmp_path, environment)
    path = wait_for_trials(tmp_path, chance.randrange(TRIALS), process)
    time.sleep(chance.random() * 0.15)
    process.kill()
    process.communicate()
    return path, process.pid


def left_after_a_while(pid):
    """Wait until the servers and workers of a process are gone; return those that are not."""
    deadline = time.monotonic() + 20
    while children_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return children_of(pid)


@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.fault) for seed in range(100, 150))]
)
def test_a_killed_run_keeps_every_finished_trial_and_resumes(
    seed, tmp_path, environment, scalecurve
):
    path, pid = killed_at_a_random_moment(seed, tmp_path, environment)
    before = read_run(path)
    if before.end is None:
        done = scalecurve("run", "--resume", path)
        assert done.returncode == 0, done.stderr
    after = read_run(path)
    assert after.trials[: len(before.trials)] == before.trials
    assert len(after.trials) == TRIALS
    assert len({(t.case_id, t.round, t.kind) for t in after.trials}) == TRIALS
    assert after.end is not None
    assert not after.torn
    assert {record.outcome.status for record in records(after)} == {Status.COMPLETED}
    assert not left_after_a_while(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(number, tmp_path, environment, scalecurve):
    process = start(tmp_path, environment)
    path = wait_for_trials(tmp_path, 2, process)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert len(read_run(path).trials) >= 2
    assert scalecurve("run", "--resume", path).returncode == 0
    assert len(read_run(path).trials) == TRIALS


def test_a_finished_run_is_not_resumed(tmp_path, scalecurve):
    plan = ["--family=mlp", "--params=1e4", "--backend=fake", "--rounds=1", "--seconds=0.02"]
    assert scalecurve("run", *plan, "--no-memory").returncode == 0
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    before = path.read_bytes()
    done = scalecurve("run", "--resume", path)
    assert done.returncode == 2
    assert "finished" in done.stderr
    assert path.read_bytes() == before


def test_two_runs_at_once_share_one_cache(tmp_path, environment):
    cache = tmp_path / "cache"
    arguments = ["run", "--family=mlp", "--params=3e4", "--backend=onnxruntime", "--rounds=1"]
    both = [
        subprocess.Popen(
            command([*arguments, "--seconds=0.05", "--no-memory", f"--out=runs{number}"]),
            cwd=tmp_path,
            env={**environment, "SCALECURVE_CACHE": str(cache)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    said = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    for number in (1, 2):
        (path,) = (tmp_path / f"runs{number}").glob("*.jsonl")
        assert {r.outcome.status for r in records(read_run(path))} == {Status.COMPLETED}
    assert ArtifactCache(cache).get(solve("mlp", 30_000), "onnx") is not None


def test_a_killed_export_leaves_no_half_artifact(tmp_path, environment, scalecurve):
    cache = tmp_path / "cache"
    arguments = ["run", "--family=mlp", "--params=5e4", "--backend=onnxruntime", "--rounds=1"]
    process = subprocess.Popen(
        command([*arguments, "--seconds=0.05", "--no-memory"]),
        cwd=tmp_path,
        env={**environment, "SCALECURVE_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not list(cache.glob("*")):
        time.sleep(0.005)
    exporters = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(exporters, timeout=30)
    assert not alive
    done = scalecurve(*arguments, "--seconds=0.05", "--no-memory", SCALECURVE_CACHE=str(cache))
    assert done.returncode == 0, done.stderr
    assert ArtifactCache(cache).get(solve("mlp", 50_000), "onnx") is not None


def test_a_run_is_not_resumed_with_other_versions(tmp_path, environment, scalecurve):
    process = start(tmp_path, environment)
    path = wait_for_trials(tmp_path, 1, process)
    process.kill()
    process.communicate()
    text = path.read_text("utf-8")
    path.write_text(text.replace('"numpy":"', '"numpy":"0.'), encoding="utf-8")
    done = scalecurve("run", "--resume", path)
    assert done.returncode == 2
    assert "numpy was 0." in done.stderr
