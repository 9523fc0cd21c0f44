"""Sums, differences over idling, and figures that are refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.energy import Domain, WindowState
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.net import has_drifted, net_power
from harness.meters.energy.quantity import Quantity, Standing, refused
from harness.meters.energy.total import duplicate, implausible, total

GONE = refused(
    "W", Standing.UNAVAILABLE, Reason(code=ReasonCode.ZONE_ABSENT, detail="no dram", hint="none")
)


def watts(value: float, bound: float = 0.1) -> Quantity:
    return Quantity(
        unit="W", standing=Standing.MEASURED, value=value, bound=bound, method="rapl_powercap"
    )


def test_disjoint_domains_are_added_with_their_bounds():
    both = total({Domain.CPU_PACKAGE: watts(40.0), Domain.DRAM: watts(5.0, 0.2)})
    assert both.value == pytest.approx(45.0)
    assert both.bound == pytest.approx(0.3)
    assert both.standing is Standing.DERIVED
    assert both.method == "rapl_powercap"


def test_a_single_domain_is_its_own_sum_with_its_own_reason():
    alone = watts(7.0)
    assert total({Domain.GPU: alone}) is alone
    assert total({Domain.DRAM: GONE}) is GONE


@pytest.mark.parametrize("domain", [Domain.CPU_CORE, Domain.CPU_UNCORE, Domain.PLATFORM])
def test_what_overlaps_is_never_added(domain):
    with pytest.raises(ValueError, match=str(domain)):
        total({Domain.CPU_PACKAGE: watts(1.0), domain: watts(1.0)})
    with pytest.raises(ValueError, match="nothing"):
        total({})


def test_a_sum_that_lacks_a_part_is_null_and_says_which():
    whole = total({Domain.CPU_PACKAGE: watts(40.0), Domain.DRAM: GONE})
    assert whole.value is None
    assert whole.reason.code is ReasonCode.COMPONENT_UNAVAILABLE
    assert "dram" in whole.reason.detail
    assert whole.reason.hint == "none"


def test_a_figure_has_a_value_or_a_reason_and_never_both():
    with pytest.raises(ValueError, match="or a reason"):
        Quantity(unit="J", standing=Standing.MEASURED)
    with pytest.raises(ValueError, match="or a reason"):
        Quantity(unit="J", standing=Standing.UNAVAILABLE, value=0.0, bound=0.0)


def test_net_is_over_a_named_idle_with_the_error_of_both():
    net = net_power(watts(40.0, 0.3), watts(10.0, 0.4), WindowState.CONTEXT_IDLE)
    assert net.value == pytest.approx(30.0)
    assert net.bound == pytest.approx(0.5)
    assert "context_idle" in net.method


@given(st.floats(1.0, 500.0), st.floats(0.0, 1.2), st.floats(1e-4, 0.05))
def test_net_is_refused_exactly_where_idle_dominates(load, share, error):
    net = net_power(
        watts(load, error * load), watts(share * load, error * share * load), WindowState.BARE_IDLE
    )
    # The rule as it is documented: idle over 90 %, or a difference below three of its errors.
    difference = load - share * load
    sigma = math.hypot(error * load, error * share * load)
    refusal = share * load > 0.9 * load or difference < 3 * sigma
    assert (net.value is None) == refusal
    if refusal:
        assert net.reason.code is ReasonCode.IDLE_DOMINATED
        assert "bare_idle" in net.reason.detail


def test_net_of_what_is_not_known_is_not_known():
    assert net_power(GONE, watts(1.0), WindowState.CONTEXT_IDLE) is GONE
    assert net_power(watts(1.0), GONE, WindowState.CONTEXT_IDLE) is GONE


def test_idling_that_changed_by_more_than_5_percent_has_drifted():
    assert not has_drifted(100.0, 104.9)
    assert has_drifted(100.0, 106.0)
    assert has_drifted(106.0, 100.0)


def test_powers_that_cannot_be_are_named():
    assert implausible(40.0, 200.0) is None
    assert implausible(40.0, None) is None
    for power, limit in ((0.0, None), (-1.0, 200.0), (201.0, 200.0)):
        assert implausible(power, limit).code is ReasonCode.IMPLAUSIBLE_POWER


def test_counters_that_agree_in_each_of_three_windows_are_one_counter():
    same = {
        "package-0-die-0": [1_000_000, 2_000_000, 3_000_000],
        "package-0-die-1": [1_000_500, 2_000_500, 3_000_500],
    }
    assert duplicate(same).code is ReasonCode.DUPLICATE_ZONE_SUSPECTED
    assert duplicate({name: values[:2] for name, values in same.items()}) is None
    assert duplicate({**same, "package-0-die-1": [1_000_500, 2_100_000, 3_000_500]}) is None
    assert duplicate({"package-0": [1, 2, 3]}) is None
