import json
import os
import select
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from harness.core.case import Case, Target
from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.core.task import Sampling, Task
from harness.core.trial import Pass, Status, Trial
from harness.core.wire import decode
from harness.run.memory import measure_all
from harness.run.pool import Pool
from harness.run.processes import ForkServer, Spawner
from model_zoo.export.artifact import no_file
from model_zoo.solve import solve

SPEC = solve("mlp", 10_000)


def task(kind=Pass.TIMING, **options) -> Task:
    target = Target(backend="fake", options=tuple(sorted({"work_us": "50", **options}.items())))
    artifact = no_file(SPEC)
    return Task(
        case=Case(model=SPEC, target=target),
        round=1,
        kind=kind,
        artifact=artifact,
        reference="",
        depth=2,
        widest=100,
        lower_bound=0,
        sampling=Sampling(min_seconds=0.01, max_seconds=0.02),
    )


@pytest.fixture
def server(tmp_path):
    server = ForkServer("fake", tmp_path)
    yield server
    server.close()


@pytest.fixture(params=["fork", "spawn"])
def asker(request, tmp_path):
    asker = ForkServer("fake", tmp_path) if request.param == "fork" else Spawner(tmp_path)
    yield asker
    asker.close()


def test_a_trial_is_taken_in_a_process_of_its_own(asker):
    trial = decode(asker.ask({"task": asdict(task())}, 60), Trial)
    assert trial.outcome.status is Status.COMPLETED
    assert trial.timeline.samples_ns


def test_availability_is_asked_in_a_process_of_its_own(asker):
    assert asker.ask({"target": asdict(task().case.target)}, 60) == b"null"
    on_gpu = asdict(Target(backend="fake", device="cuda:0"))
    assert json.loads(asker.ask({"target": on_gpu}, 60))["code"] == "no_cuda_device"


def test_a_crash_is_named_by_its_signal_and_what_was_printed(asker):
    with pytest.raises(WorkerDied, match=r"SIGSEGV.*Fatal Python error") as caught:
        asker.ask({"task": asdict(task(fault="segfault"))}, 60)
    assert caught.value.reason.code is ReasonCode.WORKER_CRASHED


def test_a_process_that_hangs_is_killed_at_the_limit(asker):
    with pytest.raises(WorkerDied) as caught:
        asker.ask({"task": asdict(task(fault="hang"))}, 3)
    assert caught.value.reason.code is ReasonCode.WORKER_TIMED_OUT


def test_a_server_goes_on_after_a_fork_of_it_crashed(server):
    with pytest.raises(WorkerDied):
        server.ask({"task": asdict(task(fault="exit"))}, 60)
    assert server.ask({"task": asdict(task())}, 60)


def test_a_server_that_was_killed_is_named(server):
    server.wait_until_ready()
    server.process.kill()
    server.process.wait()
    with pytest.raises(WorkerDied, match="the fake server ended with signal SIGKILL"):
        server.ask({"task": asdict(task())}, 60)


def test_a_server_that_dies_while_it_starts_is_named(tmp_path):
    server = ForkServer("fake", tmp_path)
    server.process.kill()
    with pytest.raises(WorkerDied, match="fake server ended"):
        server.wait_until_ready()
    server.close()


def test_closing_ends_the_server_and_what_it_forked(tmp_path):
    server = ForkServer("fake", tmp_path)
    server.wait_until_ready()
    process = psutil.Process(server.process.pid)
    server.close()
    assert not process.is_running()


def test_a_kill_that_nobody_sent_is_taken_for_the_kernels(tmp_path):
    spawner = Spawner(tmp_path)
    process = spawner.start({"task": asdict(task(fault="hang"))})
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied) as caught:
        spawner.collect(60)
    assert caught.value.reason.code is ReasonCode.OUT_OF_MEMORY
    spawner.close()


def test_a_pool_replaces_a_server_that_died(tmp_path):
    pool = Pool(tmp_path)
    pool.start(["fake"])
    server = pool.askers["fake"]
    assert isinstance(server, ForkServer)
    server.process.kill()
    assert pool.availability(Target(backend="fake")) is not None
    assert pool.availability(Target(backend="fake")) is None
    pool.close()
    assert not pool.askers


def test_memory_is_measured_in_spawned_processes_in_the_order_asked(tmp_path):
    tasks = [task(Pass.MEMORY, work_us=str(number)) for number in range(3)]
    found = list(measure_all(tasks, tmp_path, 60))
    assert [asked for asked, _ in found] == tasks
    trials = [decode(reply, Trial) for _, reply in found if isinstance(reply, bytes)]
    assert len(trials) == len(tasks)
    if sys.platform == "linux":
        assert all(trial.memory.load_peak >= trial.memory.runtime > 0 for trial in trials)


def test_a_memory_pass_that_dies_is_reported_and_the_others_go_on(tmp_path):
    tasks = [task(Pass.MEMORY, fault="segfault"), task(Pass.MEMORY)]
    (_, first), (_, second) = measure_all(tasks, tmp_path, 60)
    assert isinstance(first, WorkerDied)
    assert isinstance(second, bytes)
    assert decode(second, Trial).memory


def test_abandoning_the_memory_pass_ends_its_processes(tmp_path):
    replies = measure_all([task(Pass.MEMORY, fault="hang")] * 2 + [task(Pass.MEMORY)], tmp_path, 1)
    _, first = next(replies)
    assert isinstance(first, WorkerDied)
    replies.close()
    assert not [
        process
        for process in psutil.Process().children(recursive=True)
        if "harness.run.worker" in " ".join(process.cmdline())
    ]


def test_replies_and_logs_stay_in_the_folder_that_was_given(server, tmp_path):
    server.ask({"task": asdict(task())}, 60)
    assert {path.name for path in Path(tmp_path).iterdir()} == {
        "reply.json",
        "reply.log",
        "server.log",
    }


def test_the_end_of_a_request_that_was_begun_can_be_watched(asker):
    asker.begin({"target": asdict(task().case.target)})
    watched = asker.watch()
    if watched is not None:
        assert select.select([watched], [], [], 60)[0]
    assert asker.collect(60) == b"null"


def test_a_spawned_process_that_is_watched_and_given_up_leaves_nothing_open(tmp_path):
    spawner = Spawner(tmp_path)
    spawner.begin({"task": asdict(task(fault="hang"))})
    watched = spawner.watch()
    assert watched == spawner.watch()
    spawner.process.kill()
    spawner.close()
    assert spawner.ending < 0


def test_a_server_that_has_answered_already_need_not_be_watched(server):
    server.begin({"target": asdict(task().case.target)})
    process = server.process
    assert select.select([process.stdout], [], [], 60)[0]
    server.buffer += os.read(process.stdout.fileno(), 1 << 16)
    assert server.watch() is None
    assert server.collect(0) == b"null"
