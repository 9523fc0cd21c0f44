"""Energy of a case from the readings of its passes: right within its bound, or null with why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.records import evidence_by_case, records
from harness.analyse.spent import spent_in
from harness.analyse.trial_values import trial_values
from harness.core.energy import Counter, Domain, Energy, WindowState
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Outcome, Status, Trial
from harness.store.fake import FakeMachine, fake_case, fake_energy_trial
from tests.unit.analyse.runs import CASE, CUDA, OFFLINE, code, run_of, timed, values_of

ABSENT = Reason(code=ReasonCode.ZONE_ABSENT, detail="none")
DENIED = Reason(code=ReasonCode.RAPL_PERMISSION_DENIED, detail="closed", hint="a group")


def energy_of(trial: Trial) -> Energy:
    assert trial.energy is not None
    return trial.energy


def with_counters(*counters: Counter, missing=None) -> Trial:
    trial = fake_energy_trial(CASE)
    energy = replace(energy_of(trial), counters=counters)
    return replace(trial, energy=energy if missing is None else replace(energy, missing=missing))


def package(**changes) -> Counter:
    (counter,) = energy_of(fake_energy_trial(CASE)).counters
    return replace(counter, **changes)


def test_energy_per_item_and_power_are_those_of_the_trace():
    values = values_of(*timed(FakeMachine()), fake_energy_trial(CASE))
    # 40 W at 1 ms an iteration are 40 mJ an item.
    assert values["energy_per_item"].value == pytest.approx(0.040, rel=1e-9)
    assert values["power_mean"].value == pytest.approx(40.0, rel=1e-9)
    assert values["energy_per_item"].low is None
    assert values["energy_per_item"].n_samples == 3
    note = values["power_mean"].note
    for part in ("cpu_package", "without dram (zone_absent)", "within 0.1%", "30 W of it over"):
        assert part in note


def test_a_batch_shares_the_energy_of_its_iteration():
    trial = fake_energy_trial(OFFLINE)
    values = values_of(*timed(FakeMachine(), case=OFFLINE), trial, case=OFFLINE)
    assert values["energy_per_item"].value == pytest.approx(0.040 / 8)


def test_the_interval_is_over_trials_and_wider_by_the_counter_s_bound():
    trials = [fake_energy_trial(CASE, n, power_w=power) for n, power in enumerate((40, 41, 42))]
    value = values_of(*timed(FakeMachine()), *trials)["power_mean"]
    bound = spent_in(energy_of(trials[2]), 1).power.bound
    assert bound is not None
    # Student's t at 2 degrees: 4.302653; standard error of 40, 41, 42 is 1 / sqrt(3).
    assert value.value == pytest.approx(41.0)
    assert value.high == pytest.approx(41.0 + 4.302653 / 3**0.5 + bound, rel=1e-6)
    own = evidence_by_case(run_of(*timed(FakeMachine()), *trials))[CASE.id]
    assert trial_values("energy_per_item", own) == pytest.approx((0.040, 0.041, 0.042))


def test_memory_is_added_to_the_packages_and_parts_and_platform_never_are():
    dram = package(name="package-0/dram", domain=Domain.DRAM)
    parts = [
        package(name=name, domain=domain)
        for name, domain in (
            ("package-0/core", Domain.CPU_CORE),
            ("package-0/uncore", Domain.CPU_UNCORE),
            ("psys", Domain.PLATFORM),
        )
    ]
    spent = spent_in(energy_of(with_counters(package(), dram, *parts, missing={})), 1)
    assert spent.power.value == pytest.approx(80.0)
    assert spent.domains == ("cpu_package", "dram")


def test_two_sockets_are_summed():
    other = package(name="package-1")
    spent = spent_in(energy_of(with_counters(package(), other)), 1)
    assert spent.power.value == pytest.approx(80.0)


def refusal(*trials: Trial) -> ReasonCode:
    values = values_of(*timed(FakeMachine()), *trials)
    assert code(values["power_mean"]) is code(values["energy_per_item"])
    return code(values["energy_per_item"])


def test_one_socket_that_is_shown_twice_is_not_summed():
    twins = with_counters(package(name="package-0-die-0"), package(name="package-0-die-1"))
    spent = spent_in(energy_of(twins), 1)
    assert spent.power.reason.code is ReasonCode.DUPLICATE_ZONE_SUSPECTED
    assert refusal(twins) is ReasonCode.DUPLICATE_ZONE_SUSPECTED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"limit_w": 39.0}, "implausible_power"),
        ({"values": (5,) * 6}, "implausible_power"),
        ({"modulus": None}, "counter_reset"),
        ({"update_period_ns": None}, "window_too_short"),
        ({"update_period_ns": 200_000_000}, "window_too_short"),
    ],
)
def test_readings_that_cannot_be_believed_give_no_energy(changes, said):
    assert refusal(with_counters(package(**changes))) == said


def test_one_bad_trial_of_three_makes_the_figure_null():
    good = [fake_energy_trial(CASE, number) for number in range(2)]
    assert refusal(*good, with_counters(package(limit_w=1.0))) is ReasonCode.IMPLAUSIBLE_POWER


def test_memory_that_is_there_and_may_not_be_read_makes_the_sum_null():
    trial = with_counters(package(), missing={"dram": DENIED})
    assert refusal(trial) is ReasonCode.COMPONENT_UNAVAILABLE
    value = values_of(*timed(FakeMachine()), trial)["energy_per_item"]
    assert "rapl_permission_denied" in value.reason.detail
    assert value.reason.hint == "a group"


def test_a_pass_that_ended_without_readings_gives_its_reason():
    outcome = Outcome(status=Status.SKIPPED, reason=DENIED)
    trial = replace(fake_energy_trial(CASE), energy=None, outcome=outcome)
    assert refusal(trial) is ReasonCode.RAPL_PERMISSION_DENIED
    bare = replace(fake_energy_trial(CASE), energy=None)
    assert refusal(bare) is ReasonCode.NOT_MEASURED


def changed_windows(**changes) -> Energy:
    energy = energy_of(fake_energy_trial(CASE))
    return replace(energy, windows=replace(energy.windows, **changes))


def test_windows_without_work_give_no_energy():
    idle = changed_windows(state=(WindowState.CONTEXT_IDLE,) * 5)
    assert spent_in(idle, 1).power.value is None
    nothing = changed_windows(iterations=(0,) * 5)
    assert spent_in(nothing, 1).per_item.reason.code is ReasonCode.WINDOW_TOO_SHORT


def test_net_is_refused_where_idling_is_most_of_it_and_gross_stays():
    energy = energy_of(fake_energy_trial(CASE, power_w=40.0))
    (counter,) = energy.counters
    steady = tuple(range(0, 6 * 40_000_000, 40_000_000))
    flat = replace(energy, counters=(replace(counter, values=steady),))
    spent = spent_in(flat, 1)
    assert spent.power.value == pytest.approx(40.0)
    assert spent.net.reason.code is ReasonCode.IDLE_DOMINATED
    trial = replace(fake_energy_trial(CASE), energy=flat)
    note = values_of(*timed(FakeMachine()), trial)["power_mean"].note
    assert "net of idling: idle_dominated" in note


def test_other_processes_and_idling_that_drifts_are_said():
    busy = changed_windows(all_cpu_ns=(0, *[2_000_000_000] * 3, 0))
    assert spent_in(busy, 1).others == pytest.approx(0.5)
    trial = replace(fake_energy_trial(CASE), energy=busy)
    assert "others had 50%" in values_of(*timed(FakeMachine()), trial)["power_mean"].note
    assert spent_in(changed_windows(all_cpu_ns=(), own_cpu_ns=()), 1).others is None
    assert spent_in(changed_windows(all_cpu_ns=(0,) * 5), 1).others is None
    energy = energy_of(fake_energy_trial(CASE))
    (counter,) = energy.counters
    values = (*counter.values[:-1], counter.values[-1] + 5_000_000)
    drifting = replace(energy, counters=(replace(counter, values=values),))
    assert spent_in(drifting, 1).drifted
    trial = replace(trial, energy=drifting)
    assert "idling drifted" in values_of(*timed(FakeMachine()), trial)["power_mean"].note


def test_a_plan_that_leaves_energy_out_is_the_reason_why_there_is_none():
    run = run_of(*timed(FakeMachine()))
    run = replace(run, header=replace(run.header, plan={"energy": False}))
    (record,) = records(run)
    assert code(record.values["energy_per_item"]) is ReasonCode.DISABLED_BY_USER


def test_a_gpu_s_energy_is_not_that_of_the_processor():
    values = values_of(*timed(FakeMachine(), case=CUDA), case=CUDA)
    assert code(values["energy_per_item"]) is ReasonCode.NO_ENERGY_WINDOW


def test_scaling_the_unit_changes_nothing():
    energy = energy_of(fake_energy_trial(CASE))
    (counter,) = energy.counters
    coarse = replace(
        counter,
        unit="mJ",
        modulus=None,
        values=tuple(range(0, 6 * 40_000, 40_000)),
    )
    fine = replace(counter, modulus=None, values=tuple(range(0, 6 * 40_000_000, 40_000_000)))
    powers = [spent_in(replace(energy, counters=(one,)), 1).power.value for one in (coarse, fine)]
    assert powers[0] == pytest.approx(powers[1])
    assert fake_case().id == CASE.id
