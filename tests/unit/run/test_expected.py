"""How long a run should take: each pass that will be taken counts, and none that will not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.case import Case, Target
from harness.run.expected import expected_seconds
from harness.run.metered import Metered, described, metered
from harness.run.plan import Plan
from model_zoo.solve import solve
from tests.powercap import tree

PLAN = Plan(family=("mlp",), params=("1e4",), rounds=3, seconds=0.4, memory=False)
CASE = Case(model=solve("mlp", 10_000), target=Target(backend="eager"))
GPU = replace(CASE, target=Target(backend="eager", device="cuda:0"))


@pytest.fixture
def everything(tmp_path):
    return Metered(sysfs_root=tmp_path, has_processor=True, has_gpu=True)


def test_an_energy_pass_is_eight_windows_and_its_servers_a_round(everything):
    without = expected_seconds((CASE,), PLAN)
    added = expected_seconds((CASE,), PLAN, everything) - without
    assert added == pytest.approx(3 * (8 * 0.4 + 0.1 + 2.5))


def test_windows_of_a_gpu_are_ten_seconds(everything):
    added = expected_seconds((GPU,), PLAN, everything) - expected_seconds((GPU,), PLAN)
    assert added == pytest.approx(3 * (8 * 10.0 + 0.1 + 2.5))


def test_a_plan_without_energy_and_a_device_without_a_counter_take_no_longer(everything):
    plain = expected_seconds((CASE,), PLAN)
    assert expected_seconds((CASE,), replace(PLAN, energy=False), everything) == plain
    blind = replace(everything, has_processor=False)
    assert expected_seconds((CASE,), PLAN, blind) == plain


def test_a_slow_network_gets_its_iterations_for_up_to_four_windows(everything):
    # 2 GFLOP a pass: 50 ms, 1.6 s for 32 of them
    slow = replace(CASE, model=solve("mlp", 1_000_000_000))
    added = expected_seconds((slow,), PLAN, everything) - expected_seconds((slow,), PLAN)
    assert 3 * (4 * 0.4 + 4 * 1.5) < added <= 3 * (4 * 0.4 + 4 * 1.6 + 0.1 + 2.5) * 1.05


def test_memory_is_weighed_once_a_case():
    added = expected_seconds((CASE,), replace(PLAN, memory=True)) - expected_seconds((CASE,), PLAN)
    assert added == pytest.approx(1.0)


def test_counters_are_found_where_they_are(tmp_path):
    found = metered(tree.server(tmp_path / "server"))
    assert found is not None
    assert found.has_processor
    assert found.covers(CASE)
    assert found.covers(GPU) == found.has_gpu
    assert "energy_reason_code" not in described(tmp_path / "server").system
    told = described(tmp_path / "none").system
    assert told["energy_reason_code"] == "powercap_not_exposed"
