# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import altair as alt
import pytest

from harness.analyse.scaling import fit_points, laws
from harness.core.case import Scenario
from harness.report.laws_layer import law_layers, law_rows
from tests.unit.analyse.scaling.known import SIZES, costs, points, record, series


def test_a_law_is_sampled_over_its_sizes():
    (law,) = laws(series())
    rows = law_rows(law, "eager")
    assert rows[0]["parameter_count"] == pytest.approx(SIZES[0])
    assert rows[-1]["parameter_count"] == pytest.approx(SIZES[-1])
    assert rows[-1]["value"] == pytest.approx(float(costs()[-1]), rel=0.01)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert {row["series"] for row in rows} == {"eager"}
    assert all(row["holds"] for row in rows)


def test_a_throughput_is_drawn_as_itself():
    records = [
        record(size, {"throughput_quiet": float(1 / cost)}, scenario=Scenario.OFFLINE)
        for size, cost in zip(SIZES, costs(), strict=True)
    ]
    (law,) = laws(records)
    rows = law_rows(law, "eager")
    assert rows[0]["value"] == pytest.approx(float(1 / costs()[0]), rel=0.01)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


def test_a_law_of_a_table_is_drawn_in_its_own_numbers():
    rows = law_rows(fit_points(points()), "table")
    assert rows[0]["value"] == pytest.approx(float(costs()[0]), rel=0.01)


def test_an_exact_fit_has_a_band_of_no_width():
    rows = law_rows(fit_points(points(SIZES[:3])), "table")
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


def test_without_a_curve_nothing_is_drawn():
    assert law_rows(fit_points(points(SIZES[:1])), "table") == []


def test_band_and_line_go_into_a_chart():
    (law,) = laws(series())
    scale = {"scale": alt.Scale(type="log")}
    described = alt.layer(*law_layers(law_rows(law, "eager"), scale, scale)).to_dict()
    assert [layer["mark"]["type"] for layer in described["layer"]] == ["area", "line"]
    assert described["layer"][1]["encoding"]["strokeDash"]["condition"]["test"] == "datum.holds"
