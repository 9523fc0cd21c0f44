from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from itertools import count

import numpy as np
import pytest

from harness.backends.fake import NOISE, BusyClock, FakeBackend, FakeClock, FakePrepared
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import no_file
from model_zoo.solve import solve

SPEC = solve("mlp", 20_000)
ARTIFACT = no_file(SPEC)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
BREAK = """
    import json, resource, sys
    from harness.backends.fake import FakeBackend
    from harness.core.case import Target
    from model_zoo.export.artifact import Artifact
    from model_zoo.solve import solve

    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    fields = dict.fromkeys(Artifact.__dataclass_fields__, "")
    artifact = Artifact(**{**fields, "spec": solve("mlp", 20_000)})
    target = Target(backend="fake", options=tuple(map(tuple, json.loads(sys.argv[1]))))
    with FakeBackend().prepare(artifact, target, 1) as model:
        print("prepared", flush=True)
        model.run()
"""


def options(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


def break_a_process(**given: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BREAK), json.dumps(options(**given))],
        check=False,
        capture_output=True,
        timeout=60,
    )


def test_a_pass_takes_the_next_duration():
    clock = FakeClock()
    model = FakePrepared(clock, iter([2, 3]))
    model.run()
    model.synchronize()
    model.run_with_transfers()
    assert clock() == 5
    assert model.events == ["run", "synchronize", "run"]
    assert model.runs == 2
    assert model.outputs()[0].shape == (1, 1)
    assert model.effective() == {}


def test_a_busy_clock_returns_after_time_has_passed():
    start_ns = time.perf_counter_ns()
    BusyClock().advance(100_000)
    assert time.perf_counter_ns() - start_ns >= 100_000


def test_the_work_that_was_asked_for_is_done_at_every_pass():
    clock = FakeClock()
    target = Target(backend="fake", options=options(work_us="7"))
    with FakeBackend(clock).prepare(ARTIFACT, target, 1) as model:
        model.run()
        model.run()
    assert clock() == 14_000


def test_a_stand_in_that_runs_for_long_keeps_few_events():
    with FakeBackend().prepare(ARTIFACT, Target(backend="fake"), 1) as model:
        for _ in range(1000):
            model.run()
        assert len(model.events) < 100


def test_a_reference_is_the_same_whenever_it_is_asked_for_and_another_for_other_inputs():
    first = FakeBackend.reference(SPEC, 2)[0]
    np.testing.assert_array_equal(first, FakeBackend.reference(SPEC, 2)[0])
    assert not np.array_equal(first, FakeBackend.reference(SPEC, 2, index=1)[0])
    assert first.shape == (2, 10)


@pytest.mark.parametrize("given", [{"work_us": "soon"}, {"fault": "gremlins"}])
def test_an_option_without_sense_is_refused(given):
    target = Target(backend="fake", options=options(**given))
    with pytest.raises(Unavailable) as caught, FakeBackend().prepare(ARTIFACT, target, 1):
        pass
    assert caught.value.reason.code is ReasonCode.OPTION_UNSUPPORTED


def test_the_fault_shape_takes_an_output_away():
    target = Target(backend="fake", options=options(fault="shape"))
    with FakeBackend().prepare(ARTIFACT, target, 2) as model:
        model.bind((np.zeros((2, 100), np.float32),))
        assert model.outputs()[0].shape == (2, 9)


def test_a_clock_of_ones_own_times_every_pass_by_itself():
    clock = FakeClock()
    model = FakePrepared(clock, count(1))
    for _ in range(3):
        model.run()
    assert clock() == 6


@posix
@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("segfault", -11, b""),
        ("exit", 3, b""),
        ("raise", 1, b"RuntimeError"),
        ("memory", 1, b"MemoryError"),
    ],
)
@pytest.mark.parametrize("fault_at", ["prepare", "run"])
def test_a_fault_breaks_its_process_for_real(fault, code, said, fault_at):
    result = break_a_process(fault=fault, fault_at=fault_at)
    assert result.returncode == code
    assert said in result.stderr
    assert (b"prepared" in result.stdout) == (fault_at == "run")


@posix
def test_the_fault_stdout_writes_past_python_while_it_loads():
    result = break_a_process(fault="stdout")
    assert result.returncode == 0
    assert result.stdout.startswith(NOISE)


@posix
def test_the_fault_hang_never_ends_by_itself():
    asked = options(fault="hang", fault_at="run")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(BREAK),
            json.dumps(asked),
        ],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"prepared\n"
    assert process.poll() is None
    process.kill()
    process.communicate()
