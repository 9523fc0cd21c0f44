# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from harness.analyse.scaling import cost_at, fit_points, laws
from harness.core.case import Scenario
from harness.core.scaling import Form
from tests.unit.analyse.scaling.known import SIZES, costs, points, points_of, record, series


def test_one_law_a_family_target_and_metric():
    records = [
        *series(backend="eager"),
        *series(backend="onnxruntime"),
        *series(family="cnn", metric="peak_rss"),
    ]
    found = {
        (law.subject.family, law.subject.target.backend, law.subject.metric)
        for law in laws(records)
    }
    assert found == {
        ("mlp", "eager", "latency_quiet"),
        ("mlp", "onnxruntime", "latency_quiet"),
        ("cnn", "eager", "peak_rss"),
    }


def test_only_the_metrics_asked_for_have_laws():
    records = [record(size, {"latency_quiet": 1.0, "latency_p50": 2.0}) for size in SIZES]
    (law,) = laws(records, ["latency_p50"])
    assert law.subject.metric == "latency_p50"


def test_batch_sizes_and_scenarios_have_laws_of_their_own():
    records = [
        record(size, {"prepare_time": 1.0}, batch_size=batch, scenario=scenario)
        for size in SIZES
        for batch in (1, 2)
        for scenario in (Scenario.SINGLE_STREAM, Scenario.OFFLINE)
    ]
    assert len(laws(records)) == 4


def test_a_known_law_is_recovered_and_holds():
    (law,) = laws(series(), ["latency_quiet"])
    assert law.holds
    assert law.form is Form.OVERHEAD_POWER
    assert law.overhead.value == pytest.approx(2e-5, rel=0.01)
    assert law.coefficient.value == pytest.approx(2e-9, rel=0.02)
    assert law.exponent.value == pytest.approx(0.9, rel=0.01)
    assert law.reference == 1e6
    assert law.at_reference.value == pytest.approx(2e-9 * 1e6**0.9, rel=0.01)


def test_a_throughput_is_a_law_of_the_time_per_item():
    records = [
        record(size, {"throughput_quiet": 1 / cost}, scenario=Scenario.OFFLINE, batch_size=8)
        for size, cost in zip(SIZES, costs(), strict=True)
    ]
    (law,) = laws(records)
    assert law.subject.unit == "s"
    assert law.overhead.value == pytest.approx(2e-5, rel=0.01)


def test_the_largest_size_is_predicted_without_having_been_seen():
    plain = points(noise=0.02, seed=5)
    wild = [*plain[:-1], replace(plain[-1], cost=plain[-1].cost * 2)]
    ours, theirs = (fit_points(data).held_out for data in (plain, wild))
    assert ours.predicted == theirs.predicted
    assert ours.size == SIZES[-1]
    assert ours.decades == pytest.approx(0.5, abs=1e-3)
    assert theirs.miss == pytest.approx((1 + ours.miss) / 2 - 1)


def test_a_law_that_misses_the_largest_size_does_not_hold():
    data = points()
    law = fit_points([*data[:-1], replace(data[-1], cost=data[-1].cost * 1.5)])
    assert not law.holds
    assert "held out" in " ".join(law.reasons)


def test_too_few_sizes_do_not_hold():
    law = fit_points(points(SIZES[:3]))
    assert law.reasons == ("too few sizes: 3, at least 5",)
    assert law.exponent is not None


def test_one_size_has_no_law_at_all():
    law = fit_points(points(SIZES[:1]))
    assert (law.curve, law.form, law.exponent, law.held_out) == (None, None, None, None)
    assert not law.holds


def test_the_order_of_the_points_does_not_matter():
    data = points(noise=0.05, seed=2)
    mixed = data.copy()
    Random(1).shuffle(mixed)
    assert fit_points(mixed) == fit_points(data)


def test_equal_sizes_are_allowed_and_held_out_together():
    data = points(noise=0.02, seed=1) + points(noise=0.02, seed=2)
    law = fit_points(data)
    assert law.holds
    assert law.goodness.sizes == 8
    assert law.curve.degrees == 13
    assert law.held_out.decades == pytest.approx(0.5, abs=1e-3)


def test_a_wild_point_is_named_and_the_law_is_fitted_without_it():
    wild = points(noise=0.01, seed=3)
    wild[3] = replace(wild[3], cost=wild[3].cost * 3)
    law = fit_points(wild)
    assert [point.size for point in law.outliers] == [SIZES[3]]
    assert law.exponent.value == pytest.approx(0.9, rel=0.05)
    assert law.goodness.sizes == 8


def test_what_trials_explain_is_no_structure():
    noisy = fit_points(points(noise=0.03, seed=1, spread=0.05))
    exact = fit_points(points(noise=0.1, seed=1, spread=0.001))
    unknown = fit_points(points(noise=0.1, seed=1))
    assert noisy.curve.structure == unknown.curve.structure == 0
    assert exact.curve.structure > 0.99


def test_a_cost_that_does_not_depend_on_the_size_is_a_constant():
    rng = np.random.default_rng(2)
    law = fit_points(points_of(SIZES, 2e8 * np.exp(0.01 * rng.standard_normal(8))))
    assert law.form is Form.CONSTANT
    assert law.change_point is None
    assert law.holds


def test_the_reference_stays_within_the_sizes():
    assert fit_points(points(SIZES[:4])).reference == SIZES[3]


def test_the_share_explained_is_near_one_for_a_law_without_noise():
    assert fit_points(points()).goodness.r_squared == pytest.approx(1.0)


def test_a_law_predicts_a_size_that_it_has_not_seen():
    law = fit_points(points(noise=0.02, seed=8))
    found = cost_at(law.curve, 1e8)
    assert found.low < float(costs([1e8])[0]) < found.high
