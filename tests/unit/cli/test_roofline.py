import json
from dataclasses import replace

import pytest

from harness.core.case import Case, Target
from harness.core.peaks import Bandwidth, Peaks
from harness.environment.describe import describe
from harness.store.fake import FakeMachine, fake_header
from harness.store.peaks import store_peaks, stored_peaks
from harness.store.write import RunWriter
from model_zoo.solve import solve

KEYS = {"cpu_model": "Made Up 3000"}
PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11},
    bandwidth=(Bandwidth(working_set=1 << 20, rate=5e10),),
    launch=1e-6,
    ways={"gemm fp32 mm": 5e10, "gemm fp32 oneDNN": 1e11},
    by="torch",
    measured_at="2026-01-02",
    hard_keys=KEYS,
)
CASE = Case(model=solve("mlp", 100_000), target=Target(backend="eager"), nominal=100_000)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def timed_file(tmp_path):
    folder = tmp_path / "runs"
    with RunWriter.create(folder, fake_header((CASE,))) as writer:
        for number in range(3):
            writer.append_trial(FakeMachine(slow_share=0.0).trial(CASE, number))
    return writer.path


def test_cases_are_held_against_the_peaks_beside_their_run(command, timed_file):
    store_peaks(timed_file.parent, PEAKS)
    done = command("roofline", timed_file)
    assert done.code == 0
    assert "100 GFLOP/s" in done.out
    assert "mm 50.0 GFLOP/s, oneDNN 100 GFLOP/s" in done.out
    assert "mlp-1e5/eager-cpu-fp32-t1/b1" in done.out


def test_peaks_that_are_kept_on_this_machine_serve_too(command, timed_file, state):
    store_peaks(state, PEAKS)
    (found,) = json.loads(command("roofline", timed_file, "--json").out)
    assert found["peaks"][0]["gemm_flops_per_s"] == {"fp32": 1e11}
    (case,) = found["cases"]
    assert case["share"]["value"] == pytest.approx(
        max(case["floors_s"][r] for r in ("compute", "memory")) / case["seconds"]["value"]
    )
    assert found["left_out"] == {}


def test_another_machine_without_peaks_is_named_and_told_what_to_do(command, timed_file):
    done = command("roofline", timed_file)
    assert done.code == 0
    assert "no peaks of Made Up 3000, which is not this machine" in done.err
    assert "--keep FOLDER" in done.err


def test_peaks_can_be_written_beside_the_runs(command, timed_file, state, tmp_path):
    store_peaks(state, PEAKS)
    done = command("roofline", timed_file, "--keep", tmp_path / "beside")
    assert done.code == 0
    assert stored_peaks([tmp_path / "beside"], KEYS) == (PEAKS,)


def test_peaks_of_other_threads_of_another_machine_leave_its_cases_out(command, timed_file):
    store_peaks(timed_file.parent, replace(PEAKS, threads=2))
    done = command("roofline", timed_file)
    assert (
        "1 case not held against a roof: no peaks were measured of cpu with 1 threads" in done.out
    )


def test_peaks_of_this_machine_that_are_known_are_not_measured_again(command, tmp_path, state):
    environment = describe()
    header = replace(fake_header((CASE,)), environment=environment)
    with RunWriter.create(tmp_path / "runs", header) as writer:
        writer.append_trial(FakeMachine(slow_share=0.0).trial(CASE))
    store_peaks(state, replace(PEAKS, hard_keys=environment.hard_keys))
    done = command("roofline", writer.path)
    assert done.code == 0
    assert "measuring" not in done.err


def test_a_device_that_this_machine_lacks_ends_with_2(command, tmp_path):
    case = replace(CASE, target=Target(backend="eager", device="cuda:77"))
    header = replace(fake_header((case,)), environment=describe())
    with RunWriter.create(tmp_path / "runs", header) as writer:
        writer.append_trial(FakeMachine(slow_share=0.0).trial(case))
    done = command("roofline", writer.path)
    assert done.code == 2
    assert "the peaks of this machine: worker_error" in done.err
