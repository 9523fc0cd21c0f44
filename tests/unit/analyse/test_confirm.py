# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
from dataclasses import replace

import pytest

from harness.analyse.budget import affordable
from harness.analyse.confirm import confirmations, networks
from harness.analyse.scaling import laws
from harness.core.case import Scenario
from harness.core.choice import Limit
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from model_zoo.solve import parameter_count
from tests.unit.analyse.scaling.known import SIZES, costs, record, series

TIME = Limit(metric="latency_quiet", value=5e-3, text="latency_quiet=5ms")
RATE = Limit(metric="throughput_quiet", value=200.0, text="throughput_quiet=200/s")


def answers(records, *limits):
    return affordable(laws(records, [limit.metric for limit in limits]), limits)


def measured(case, **values):
    return replace(record(1e4, values), case=case)


def test_the_network_of_an_answer_and_the_next_grade_up_are_solved():
    (answer,) = answers(series(), TIME)
    (pair,) = networks([answer])
    fits, above = pair.fits[0], pair.above[0]
    assert fits.nominal == answer.size
    assert parameter_count(fits.model) == pytest.approx(answer.size, rel=0.01)
    assert above.nominal == pytest.approx(answer.size * 10**0.5, rel=1e-6)
    assert fits.target == answer.subject.target


def test_a_network_within_the_limit_and_a_grade_above_it_confirm_the_answer():
    (pair,) = networks(answers(series(), TIME))
    records = [
        measured(pair.fits[0], latency_quiet=4.5e-3),
        measured(pair.above[0], latency_quiet=1.4e-2),
    ]
    (found,) = confirmations([pair], records)
    assert found.is_met
    assert found.is_largest


def test_a_network_over_the_limit_does_not_meet_it():
    (pair,) = networks(answers(series(), TIME))
    records = [measured(case, latency_quiet=5.1e-3) for case in (*pair.fits, *pair.above)]
    (found,) = confirmations([pair], records)
    assert found.is_met is False
    assert found.is_largest is True


def test_a_next_grade_that_fits_as_well_was_not_the_largest():
    (pair,) = networks(answers(series(), TIME))
    records = [measured(case, latency_quiet=1e-3) for case in (*pair.fits, *pair.above)]
    (found,) = confirmations([pair], records)
    assert found.is_met is True
    assert found.is_largest is False


def test_a_network_that_was_not_measured_meets_nothing_and_says_why():
    (pair,) = networks(answers(series(), TIME))
    null = Value(metric="latency_quiet", value=None, reason=Reason(code=ReasonCode.MACHINE_UNQUIET))
    (found,) = confirmations([pair], [measured(pair.fits[0], latency_quiet=null)])
    assert found.is_met is None
    assert found.fits[0].note == "machine_unquiet"
    assert found.above[0].note == "not measured"
    assert found.is_largest is None


def test_limits_of_two_scenarios_are_measured_in_both():
    offline = [
        record(size, {"throughput_quiet": float(1 / cost)}, scenario=Scenario.OFFLINE)
        for size, cost in zip(SIZES, costs(), strict=True)
    ]
    (pair,) = networks(answers([*series(), *offline], TIME, RATE))
    assert [case.scenario for case in pair.fits] == [Scenario.SINGLE_STREAM, Scenario.OFFLINE]
    records = [
        measured(pair.fits[0], latency_quiet=4e-3),
        measured(pair.fits[1], throughput_quiet=300.0),
    ]
    (found,) = confirmations([pair], records)
    assert found.is_met


def test_answers_without_a_size_are_not_built():
    assert networks(answers(series(), Limit(metric="latency_quiet", value=10.0, text=""))) == ()


def test_networks_that_are_not_the_zoos_are_not_built():
    assert networks(answers(series(family="own"), TIME)) == ()
