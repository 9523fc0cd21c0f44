# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import json
import math

import pytest

from harness.analyse.break_even import break_evens
from harness.analyse.pay_back import pay_backs
from harness.analyse.scaling import fit_points, laws
from harness.core.scaling import Estimate
from harness.report.laws_json import (
    break_even_objects,
    estimate_object,
    law_objects,
    pay_back_objects,
)
from tests.unit.analyse.scaling.known import SIZES, points, record, series


def test_a_law_is_an_object_with_three_estimates():
    (found,) = law_objects(laws(series()))
    for name, value in (("overhead", 2e-5), ("coefficient", 2e-9), ("exponent", 0.9)):
        assert set(found[name]) == {"value", "low", "high"}
        assert found[name]["value"] == pytest.approx(value, rel=0.02)
    assert found["family"] == "mlp"
    assert found["backend"] == "eager"
    assert found["metric"] == "latency_quiet"
    assert found["model"] == "overhead_power"
    assert found["holds"] is True
    assert found["reasons"] == []
    assert found["held_out"]["size"] == SIZES[-1]


@pytest.mark.parametrize("sizes", [1, 2, 3, 8])
def test_laws_of_any_number_of_sizes_are_json(sizes):
    objects = law_objects([fit_points(points(SIZES[:sizes]))])
    assert json.loads(json.dumps(objects, allow_nan=False)) == objects


def test_a_law_of_a_table_has_no_family():
    (found,) = law_objects([fit_points(points())])
    assert "family" not in found


def test_without_an_estimate_every_part_is_null():
    assert estimate_object(None) == {"value": None, "low": None, "high": None}


def test_what_json_has_no_word_for_is_null():
    assert estimate_object(Estimate(value=1.0, low=None, high=math.inf))["high"] is None


def test_break_even_and_pay_back_are_json():
    fitted = laws([*series((1e-6, 4e-9, 0.9)), *series((1e-4, 1e-9, 0.9), backend="onnxruntime")])
    (crossing,) = break_even_objects(break_evens(fitted))
    assert crossing["against"]["backend"] == "onnxruntime"
    assert crossing["at"]["low"] < crossing["at"]["value"] < crossing["at"]["high"]
    assert crossing["cheaper_below"] == "eager"
    slow = {"prepare_time": 0.1, "latency_quiet": 5e-3}
    fast = {"prepare_time": 10.1, "latency_quiet": 1e-3}
    repaid = pay_backs([record(1e6, slow), record(1e6, fast, backend="tensorrt")])
    (object_,) = pay_back_objects(repaid)
    assert object_["inferences"]["value"] == pytest.approx(2500)
    assert json.dumps([crossing, object_], allow_nan=False)


def test_a_pair_without_a_break_even_has_nulls():
    fitted = laws([*series(), *series(backend="onnxruntime")])
    (same,) = break_even_objects(break_evens(fitted))
    assert same["at"]["value"] is None
    assert same["cheaper_below"] is None
