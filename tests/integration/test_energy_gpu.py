"""Energy of a case on a GPU end to end, with stand-ins for its driver: from flags to figures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.analyse.spent import spent_in
from harness.backends.fake import ON_DEVICE
from harness.core.energy import Domain, WindowState
from harness.core.trial import Pass
from harness.meters.energy.window import count
from harness.store.read import read_run
from tests.nvml.behaviour import UUID, Behaviour
from tests.nvml.library import build, environment

MS = 1_000_000
LIMIT_W = 700.0
BOARD = Behaviour(
    levels=((300 * MS, 120_000), (200 * MS, 320_000)), period_ns=1 * MS, dither_mw=300
)
PLAN = """
family = "mlp"
params = 1e4
backend = "fake"
device = "cuda:0"
rounds = 1
seconds = 0.05
control = false
memory = false
"""
RUN = ("run", "plan.toml")


@pytest.fixture
def on_gpu(scalecurve, tmp_path):
    """Run the command line on a machine whose one board behaves as it is told."""
    folder = build(tmp_path / "nvml")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")

    def run(behaviour: Behaviour, *arguments: str):
        behaviour.write(folder / "behaviour.json")
        changes = environment(folder, folder / "behaviour.json")
        wanted = {name: changes[name] for name in ("LD_LIBRARY_PATH", "NVML_STANDIN")}
        return scalecurve(*arguments, **wanted, **{ON_DEVICE: "1"})

    return run


def run_file(tmp_path):
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    return read_run(path)


def test_a_case_on_a_gpu_has_the_energy_of_its_board_within_the_stated_bound(
    on_gpu, tmp_path, scalecurve
):
    done = on_gpu(BOARD, *RUN)
    assert done.returncode == 0, done.stderr
    run = run_file(tmp_path)
    (trial,) = [trial for trial in run.trials if trial.kind is Pass.ENERGY]
    energy = trial.energy
    assert energy is not None, trial.outcome
    total, power = (one for one in energy.counters if one.domain is Domain.GPU)
    assert (total.name, total.method, total.unit) == (UUID, "nvml_total_energy", "mJ")
    assert power.is_integrated
    assert total.update_period_ns is not None
    truths: list[tuple[float, int]] = []
    windows = energy.windows
    for first, last, state in zip(windows.first, windows.last, windows.state, strict=True):
        found = count(total, first, last)
        ends = total.at_ns[first], total.at_ns[last]
        truth = (BOARD.trace.energy_uj(ends[1]) - BOARD.trace.energy_uj(ends[0])) * 1e-6
        assert abs(found.units * 1e-3 - truth) <= found.bound_j(1e-3, LIMIT_W)
        if state is WindowState.WORK:
            truths.append((truth, ends[1] - ends[0]))
    spent = spent_in(energy, 1)
    assert spent.domains == ("gpu",)
    assert energy.windows.state[0] is WindowState.BARE_IDLE
    (record,) = records(run)
    value = record.values["power_mean"]
    watts = sum(joules for joules, _ in truths) / (sum(ns for _, ns in truths) * 1e-9)
    assert value.value == pytest.approx(watts, abs=spent.power.bound)
    assert value.note.startswith("gpu; ")
    assert "processor beside it: not known" in value.note
    (row,) = json.loads(scalecurve("show", run.path, "--json").stdout)
    assert row["metrics"]["energy_per_item"]["value"] == spent.per_item.value


def test_a_timing_trial_on_a_gpu_has_its_state_at_both_borders(on_gpu, tmp_path):
    done = on_gpu(BOARD, *RUN, "--no-energy")
    assert done.returncode == 0, done.stderr
    (trial,) = run_file(tmp_path).trials
    assert trial.device is not None
    assert f"GPU-{trial.device.uuid}" == UUID
    assert trial.device.after.sm_clock_hz == 1_755_000_000
    assert trial.device.after.at_ns > trial.device.before.at_ns


def test_a_trial_that_was_held_back_is_taken_again_and_a_case_that_always_was_fails(
    on_gpu, tmp_path
):
    done = on_gpu(replace(BOARD, throttled_permille=(0, 0, 200, 0)), *RUN, "--no-energy")
    run = run_file(tmp_path)
    assert len(run.trials) == 2
    assert "held back; taken again" in done.stderr
    (record,) = records(run)
    assert record.outcome.reason.code == "device_throttled"
    assert record.values["latency_p50"].value is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mig": 1}, "mig_no_per_instance_power"),
        ({"statuses": {"nvmlDeviceGetTotalEnergyConsumption": 3, "field_186": 3,
                       "nvmlDeviceGetPowerUsage": 3}}, "nvml_not_supported"),
    ],
)  # fmt: skip
def test_a_board_that_tells_no_energy_gives_none_and_says_why(on_gpu, tmp_path, changes, code):
    done = on_gpu(replace(BOARD, **changes), *RUN)
    assert done.returncode == 0, done.stderr
    run = run_file(tmp_path)
    assert {trial.kind for trial in run.trials} == {Pass.TIMING}
    (record,) = records(run)
    for name in ("energy_per_item", "power_mean"):
        assert record.values[name].value is None
        assert record.values[name].reason.code == code


def test_a_board_that_others_came_to_gives_no_energy_and_says_who(on_gpu, tmp_path):
    done = on_gpu(replace(BOARD, pids=(4_242,)), *RUN)
    assert done.returncode == 0, done.stderr
    (record,) = records(run_file(tmp_path))
    assert record.values["energy_per_item"].reason.code == "device_shared"
    assert record.values["latency_p50"].value is not None


def test_doctor_tells_each_board_with_its_period_and_the_error_it_can_reach(on_gpu):
    done = on_gpu(replace(BOARD, period_ns=20 * MS), "doctor", "--json")
    found = [one for one in json.loads(done.stdout)["meters"] if one["name"] == "nvml"]
    (told,) = found
    assert told["device"] == UUID
    assert told["counters"] == ["nvml_total_energy", "nvml_field_instant_integrated"]
    assert told["window_s"] == pytest.approx(100 * told["update_period_s"])
    assert told["wanted_error"] == 0.01
