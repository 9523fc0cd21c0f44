"""The real bindings in front of a stand-in for the driver: right within bounds, or said why not."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from tests.nvml.answers import BEGIN_NS
from tests.nvml.behaviour import UUID, Behaviour
from tests.nvml.library import ask, build, layout

MS = 1_000_000
S = 1_000 * MS
OURS = BEGIN_NS + 10 * MS
"""When our process comes onto the board: after the look for others."""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """Build the stand-in once."""
    return build(tmp_path_factory.mktemp("nvml"))


def board(**changes) -> Behaviour:
    return Behaviour(**{"own_from_ns": OURS, "dither_mw": 500, **changes})


def bursts(seed: int) -> tuple[tuple[int, int], ...]:
    """Make up a trace: levels of 60 ms to 2 s between idling and the limit of the board."""
    draw = random.Random(seed)
    return tuple(
        (draw.randrange(60, 2_000) * MS, draw.randrange(60_000, 700_000))
        for _ in range(draw.randrange(1, 9))
    )


def within(found) -> bool:
    energy, power = found["energy"], found["power"]
    return (
        abs(energy["value"] - found["truth_j"]) <= energy["bound"]
        and abs(power["value"] - found["truth_w"]) <= power["bound"]
    )


def test_the_energy_of_a_known_trace_is_within_its_stated_bound_always(library):
    behaviours = [
        board(levels=bursts(seed), period_ns=period_ms * MS, phase_ns=seed * 7 * MS)
        for period_ms in (10, 20, 50, 100)
        for seed in range(10)
    ]
    for behaviour, found in zip(behaviours, ask(library, behaviours, "passed"), strict=True):
        assert found["power"]["value"] is not None, (behaviour, found)
        assert within(found), (behaviour, found)
        assert found["power"]["method"] == "nvml_total_energy"
        assert found["power"]["bound"] < 0.1 * found["power"]["value"]


def test_every_figure_names_its_board_its_method_and_both_idlings(library):
    load = board(levels=((3 * S, 60_000), (2 * S, 300_000)), period_ns=20 * MS)
    (found,) = ask(library, [load], "passed")
    assert found["names"] == [UUID, UUID]
    assert found["methods"] == ["nvml_total_energy", "nvml_field_instant_integrated"]
    assert found["states"] == ["bare_idle", "context_idle", *["work"] * 3, "context_idle"]
    assert found["domains"] == ["gpu"]
    assert found["missing"] == {
        "cpu_package": "powercap_not_exposed",
        "dram": "powercap_not_exposed",
    }
    assert found["periods_ns"] == [pytest.approx(20 * MS, rel=0.02)] * 2
    assert found["flags"] == []
    share = found["truth_j"] / found["iterations"]
    assert found["per_item"]["value"] == pytest.approx(share, abs=found["per_item"]["bound"])


def test_without_a_counter_power_is_summed_up_and_says_so_within_its_bound(library):
    no_counter = {"nvmlDeviceGetTotalEnergyConsumption": 3}
    no_instant = {**no_counter, "field_186": 3}
    traces = [((700 * MS, 90_000 + 50_000 * seed), (2 * S, 240_000)) for seed in range(6)]
    instant = [
        board(levels=levels, period_ns=period_ms * MS, statuses=no_counter)
        for levels in traces
        for period_ms in (50, 100)
    ]
    usage = [board(levels=levels, statuses=no_instant) for levels in traces]
    answers = ask(library, [*instant, *usage], "passed")
    assert all(within(found) for found in answers if found["power"]["value"] is not None)
    methods = [found["methods"] for found in answers]
    assert methods[: len(instant)] == [["nvml_field_instant_integrated"]] * len(instant)
    assert methods[len(instant) :] == [["nvml_power_usage_integrated"]] * len(usage)
    known = [found for found in answers if found["power"]["value"] is not None]
    assert {found["power"]["method"] for found in known} <= {one for (one,) in methods}
    assert len(known) >= len(instant) // 2
    refused = [found["power"]["reason"] for found in answers if found["power"]["value"] is None]
    assert set(refused) <= {"window_too_short"}


def test_a_counter_and_a_power_that_differ_by_more_than_a_twentieth_are_flagged(library):
    gains = (1_000, 1_030, 970, 1_100, 880)
    behaviours = [board(power_gain_permille=gain) for gain in gains]
    flags = [found["flags"] for found in ask(library, behaviours, "passed")]
    assert flags == [[], [], [], ["meter_disagreement"], ["meter_disagreement"]]


def test_a_counter_on_the_machine_s_own_clock_is_right_as_well(library):
    start_ns = time.perf_counter_ns()
    load = board(
        start_ns=start_ns,
        levels=((300 * MS, 80_000), (200 * MS, 400_000)),
        period_ns=2 * MS,
        own_from_ns=start_ns,
        pids_from_ns=0,
    )
    (found,) = ask(library, [replace(load, own_from_ns=(1 << 63) - 1)], "in_real_time")
    assert within(found)


ENERGY = "nvmlDeviceGetTotalEnergyConsumption"
POWERLESS = {"field_186": 3, "nvmlDeviceGetPowerUsage": 3}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"statuses": {ENERGY: 3, **POWERLESS}}, "nvml_not_supported"),
        ({"statuses": {ENERGY: 4, **POWERLESS}}, "nvml_no_permission"),
        ({"statuses": {ENERGY: 10, **POWERLESS}}, "nvml_timeout"),
        ({"statuses": {"nvmlInitWithFlags": 18}}, "nvml_driver_mismatch"),
        ({"statuses": {"nvmlInitWithFlags": 9}}, "nvml_library_not_found"),
        ({"uuids": ("MIG-0f2a91c0-7d5e-4b18-9c01-2f6e7a8b9c0d",)}, "mig_no_per_instance_power"),
        ({"mig": 1}, "mig_no_per_instance_power"),
        ({"virtualization": 2}, "device_shared"),
        ({"pids": (4_242,)}, "device_shared"),
        ({"lost_at_ns": BEGIN_NS + 20 * S}, "counter_reset"),
        ({"uuids": ("GPU-0f2a91c0-7d5e-4b18-9c01-2f6e7a8b9c0d",), "mig": 0}, None),
    ],
)
def test_what_a_driver_answers_instead_of_energy_becomes_a_code_of_the_closed_list(
    library, changes, code
):
    (found,) = ask(library, [board(**changes)], "passed")
    assert found.get("refused", {}).get("code") == code
    if code:
        assert found["refused"]["detail"]
        assert found["refused"]["hint"]


def test_a_driver_that_is_reset_within_a_window_gives_no_energy(library):
    (whole,) = ask(library, [board()], "passed")
    assert whole["power"]["value"] is not None
    resets = [board(reset_at_ns=BEGIN_NS + seconds * S) for seconds in (40, 50, 60)]
    answers = ask(library, resets, "passed")
    assert [found["power"]["reason"] for found in answers] == ["counter_reset"] * 3


def test_others_who_come_later_and_numbers_of_another_namespace_are_told_apart(library):
    late = BEGIN_NS + 5 * S
    answers = ask(
        library,
        [
            board(pids=(4_242,), pids_from_ns=late),
            board(own_pid_offset=100_000),
            board(pids=(4_242,), pids_from_ns=late, own_pid_offset=100_000),
            board(own_from_ns=(1 << 63) - 1),
            board(statuses={"nvmlDeviceGetComputeRunningProcesses_v3": 3}),
        ],
        "passed",
    )
    assert [found["flags"] for found in answers] == [
        ["device_shared"],
        [],  # one process on a board that was free: it is ours, whatever its number
        ["nvml_pid_namespace"],
        ["nvml_pid_namespace"],
        ["nvml_not_supported"],
    ]


def test_functions_that_an_older_driver_lacks_are_done_without(tmp_path):
    older = build(
        tmp_path,
        missing=(
            "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetCurrentClocksEventReasons",
            "nvmlDeviceGetVirtualizationMode",
            "nvmlDeviceIsMigDeviceHandle",
            "nvmlDeviceGetMigMode",
        ),
    )
    (found,) = ask(older, [board()], "passed")
    assert within(found)
    assert found["flags"] == []
    (seen,) = ask(older, [board(reasons=0x40)], "state")
    assert seen["state"]["after"]["throttles"] == ["hw_thermal"]


def test_a_library_without_the_counter_says_that_the_driver_is_old(tmp_path):
    old = build(tmp_path, missing=(ENERGY, "nvmlDeviceGetFieldValues", "nvmlDeviceGetPowerUsage"))
    (found,) = ask(old, [board()], "passed")
    assert found["refused"]["code"] == "nvml_not_supported"
    assert "newer" in found["refused"]["hint"]


def test_a_driver_that_hangs_is_not_waited_for(library):
    hanging = board(statuses={ENERGY: -1})
    (found,) = ask(library, [hanging], "meter")
    assert found["reason"]["code"] == "nvml_timeout"
    (answering,) = ask(library, [board()], "meter")
    assert answering["reason"] is None


def test_clocks_temperature_and_throttling_are_read_at_the_borders_of_a_trial(library):
    behaviours = [
        board(),
        board(throttled_permille=(900, 0, 0, 0)),
        board(throttled_permille=(0, 30, 0, 0)),
        board(throttled_permille=(0, 0, 80, 0)),
        board(statuses={"nvmlDeviceGetFieldValues": 3}, reasons=0x20),
        board(statuses={"nvmlDeviceGetFieldValues": 3}, reasons=0x04),
        board(statuses={"nvmlInitWithFlags": 12}),
    ]
    quiet, capped, warm, hot, told, limited, none = ask(library, behaviours, "state")
    after = quiet["state"]["after"]
    assert after["sm_clock_hz"] == 1_755_000_000
    assert after["memory_clock_hz"] == 2_619_000_000
    assert after["temperature_c"] == 61
    assert quiet["state"]["uuid"] == UUID.removeprefix("GPU-")
    assert after["at_ns"] - quiet["state"]["before"]["at_ns"] == pytest.approx(2 * S, rel=1e-4)
    shares = [one["share"] for one in (quiet, capped, warm, hot, told, limited)]
    assert shares == [0, 0, pytest.approx(0.03), pytest.approx(0.08), 1, 0]
    throttled = [one["is_throttled"] for one in (quiet, capped, warm, hot, told, limited)]
    assert throttled == [False, False, False, True, True, False]
    assert none["state"] is None


def test_the_stand_in_s_structures_are_those_of_the_bindings(library):
    (theirs,) = ask(library, [board()], "structures")
    ours = layout(library)
    assert {name: ours[name] for name in theirs} == theirs


def test_the_stand_in_s_structures_are_those_of_nvidia_s_header(library):
    try:
        files = metadata.files("nvidia-nvml-dev") or []
    except metadata.PackageNotFoundError:
        pytest.skip("nvidia-nvml-dev is not installed; the bindings' structures stand for it")
    (header,) = (file for file in files if file.name == "nvml.h")
    assert layout(library, Path(header.locate()).parent) == layout(library)
