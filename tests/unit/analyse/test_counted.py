"""Two ways to one board's energy, a GPU beside its processor, and bounds of power held too long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.analyse.spent import spent_in
from harness.core.energy import Counter, Domain, Energy, Windows, WindowState
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Trial
from harness.store.fake import FakeMachine, fake_energy_trial
from tests.unit.analyse.runs import CUDA, timed, values_of

S = 1_000_000_000
MS = 1_000_000
WORK, IDLE, BARE = WindowState.WORK, WindowState.CONTEXT_IDLE, WindowState.BARE_IDLE
STATES = (BARE, IDLE, WORK, WORK, WORK, IDLE)
WATTS = (50, 80, 300, 300, 300, 80)
CLOSED = Reason(code=ReasonCode.POWERCAP_NOT_EXPOSED, detail="a virtual machine")


def board(gain: float = 1.0, **changes) -> Counter:
    """Count a board for 10 s of each state, read once a second."""
    values, at = [0], [0]
    for watts in WATTS:
        for _ in range(10):
            values.append(values[-1] + round(watts * gain * 1_000))
            at.append(at[-1] + S)
    known: dict[str, Any] = {
        "name": "GPU-1", "domain": Domain.GPU, "method": "nvml_total_energy", "unit": "mJ",
        "update_period_ns": 100 * MS, "limit_w": 875.0,
        "at_ns": tuple(at), "half_width_ns": (0,) * len(at), "values": tuple(values),
    }  # fmt: skip
    return Counter(**(known | changes))


def power(gain: float = 1.0, **changes) -> Counter:
    return board(gain, method="nvml_field_instant_integrated", is_integrated=True, **changes)


def energy(*counters: Counter, missing=None, flags=()) -> Energy:
    columns = Windows(
        state=STATES,
        first=tuple(range(0, 60, 10)),
        last=tuple(range(10, 70, 10)),
        iterations=tuple(1_000 if state is WORK else 0 for state in STATES),
    )
    return Energy(
        wanted_error=0.01, counters=counters, windows=columns, missing=missing or {}, flags=flags
    )


def test_the_counter_goes_before_power_summed_up_and_the_two_are_not_added():
    spent = spent_in(energy(power(1.04), board()), 1)
    assert spent.power.value == pytest.approx(300.0)
    assert spent.power.method == "nvml_total_energy"
    assert spent.per_item.value == pytest.approx(3.0)
    assert spent.domains == ("gpu",)
    assert spent.flags == ()


@pytest.mark.parametrize("gain", [1.06, 0.94])
def test_two_ways_that_differ_by_more_than_a_twentieth_are_flagged_with_both(gain):
    (flag,) = spent_in(energy(board(), power(gain)), 1).flags
    assert flag.code is ReasonCode.METER_DISAGREEMENT
    assert "300" in flag.detail
    assert f"{300 * gain:.0f}" in flag.detail


def test_power_that_cannot_be_believed_says_nothing_against_the_counter():
    assert spent_in(energy(board(), power(2.0, limit_w=400.0)), 1).flags == ()


def test_a_counter_that_cannot_be_believed_is_not_replaced_by_power():
    (first, *rest) = board().values
    broken = board(values=(first, *rest[:24], 5, *rest[25:]))
    spent = spent_in(energy(broken, power()), 1)
    assert spent.power.reason.code is ReasonCode.COUNTER_RESET


def test_boards_of_other_names_are_summed():
    spent = spent_in(energy(board(), board(0.5, name="GPU-2"), power()), 1)
    assert spent.power.value == pytest.approx(450.0)


def test_what_is_left_over_each_idling_is_told_by_its_name():
    spent = spent_in(energy(board(), power()), 1)
    assert spent.net.value == pytest.approx(220.0)
    assert spent.net_of_bare.value == pytest.approx(250.0)
    value = values_of(*timed(FakeMachine(), case=CUDA), trial(board(), power()), case=CUDA)
    note = value["power_mean"].note
    assert "220 W of it over context_idle" in note
    assert "250 W of it over bare_idle" in note


def trial(*counters: Counter, **changes) -> Trial:
    return replace(fake_energy_trial(CUDA), energy=energy(*counters, **changes))


def test_the_processor_stands_beside_a_gpu_and_is_not_in_its_figure():
    package = board(0.1, name="package-0", domain=Domain.CPU_PACKAGE, method="rapl_powercap")
    absent = {"dram": Reason(code=ReasonCode.ZONE_ABSENT)}
    spent = spent_in(energy(board(), power(), package, missing=absent), 1)
    assert spent.power.value == pytest.approx(300.0)
    assert spent.beside.value == pytest.approx(30.0)
    known = trial(board(), power(), package, missing=absent)
    value = values_of(*timed(FakeMachine(), case=CUDA), known, case=CUDA)["power_mean"]
    assert "processor beside it: 30 W" in value.note
    assert value.note.startswith("gpu; within")


def test_a_processor_that_cannot_be_read_beside_a_gpu_costs_the_gpu_no_figure():
    closed = {"cpu_package": CLOSED, "dram": CLOSED}
    blind = trial(board(), power(), missing=closed)
    value = values_of(*timed(FakeMachine(), case=CUDA), blind, case=CUDA)["power_mean"]
    assert value.value == pytest.approx(300.0)
    assert "processor beside it: not known" in value.note
    assert "without" not in value.note


def test_who_else_was_there_is_told_beside_the_figure():
    shared = Reason(code=ReasonCode.DEVICE_SHARED, detail="1 other processes came to this GPU")
    flagged = trial(board(), power(), flags=(shared,))
    value = values_of(*timed(FakeMachine(), case=CUDA), flagged, case=CUDA)["energy_per_item"]
    assert value.value == pytest.approx(3.0)
    assert "device_shared" in value.note


def test_a_board_whose_power_nobody_saw_may_have_taken_all_that_it_can_at_the_ends():
    seen = spent_in(energy(board(), power()), 1).power.bound
    unseen = spent_in(energy(board()), 1).power.bound
    # One period of 0.1 s in each window of 10 s, at the highest power: 300 W, or the limit.
    assert seen == pytest.approx(3.0, rel=1e-3)
    assert unseen == pytest.approx(8.75, rel=1e-3)


def test_a_board_whose_power_came_and_went_may_have_taken_all_that_it_can_at_the_ends():
    values = list(power().values)
    values[25] += 70_000  # one second at 370 W, and the next at 230 W
    bound = spent_in(energy(board(), power(values=tuple(values))), 1).power.bound
    assert bound == pytest.approx(8.75, rel=1e-3)


def test_two_ways_that_may_be_so_far_apart_are_not_flagged():
    vague = power(1.06, lag_ns=900 * MS)
    assert spent_in(energy(board(), vague), 1).flags == ()


def test_power_alone_is_uncertain_by_its_lag_and_by_each_change_that_was_seen_late():
    steady = spent_in(energy(power(lag_ns=100 * MS)), 1).power
    assert steady.method == "nvml_field_instant_integrated"
    # Two tenths of a second of 300 W in 10 s; nothing changes within a window.
    assert steady.bound == pytest.approx(6.0, rel=1e-3)
    values = list(power().values)
    values[25] += 20_000  # one second at 320 W, and the next at 280 W
    moving = spent_in(energy(power(lag_ns=100 * MS, values=tuple(values))), 1).power
    assert moving.value == pytest.approx(300.0)
    # 320 W for 0.2 s in each of three windows, and changes of 20 + 40 + 20 W held for 1 s in one.
    assert moving.bound == pytest.approx((3 * 64 + 80) / 30, rel=1e-3)
