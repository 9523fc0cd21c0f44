# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import json
from dataclasses import replace

from harness.analyse.break_even import batch_break_evens, break_evens
from harness.analyse.budget import affordable
from harness.analyse.confirm import confirmations, networks
from harness.analyse.pareto import front
from harness.analyse.pay_back import pay_backs
from harness.analyse.scaling import laws
from harness.core.case import Scenario
from harness.core.choice import Limit
from harness.report.break_even_table import break_even_table, pay_back_table
from harness.report.budget_table import (
    budget_objects,
    budget_table,
    confirmation_objects,
    confirmation_table,
)
from harness.report.format import DASH
from harness.report.pareto_table import front_object, front_table
from harness.report.table import plain
from tests.unit.analyse.scaling.known import SIZES, record, series

TIME = Limit(metric="latency_quiet", value=5e-3, text="latency_quiet=5ms")


def test_a_break_even_size_stands_with_its_interval_and_both_sides():
    fitted = laws([*series((1e-6, 4e-9, 0.9)), *series((1e-4, 1e-9, 0.9), backend="onnxruntime")])
    (row,) = break_even_table(break_evens(fitted)).rows
    assert row[3] == "parameters"
    assert row[4].startswith("105 k [")
    assert row[5:7] == ("eager", "onnxruntime")


def test_an_extrapolated_break_even_is_marked():
    fitted = laws([*series((1e-6, 4e-9, 0.9)), *series((3e-2, 1e-9, 0.9), backend="onnxruntime")])
    assert break_even_table(break_evens(fitted)).rows[0][7] == "extrapolated"


def test_no_break_even_is_a_dash():
    fitted = laws([*series(), *series(backend="onnxruntime")])
    (row,) = break_even_table(break_evens(fitted)).rows
    assert row[4] == row[5] == DASH
    assert "cannot be told apart" in row[7]


def test_a_break_even_batch_size_names_the_network():
    records = [
        record(
            1e6,
            {"throughput_quiet": rate},
            backend=backend,
            batch_size=batch,
            scenario=Scenario.OFFLINE,
        )
        for backend, rates in (("eager", (100.0, 100.0)), ("onnxruntime", (50.0, 200.0)))
        for batch, rate in zip((1, 16), rates, strict=True)
    ]
    (row,) = break_even_table(batch_break_evens(records)).rows
    assert "1.00 M parameters" in row[1]
    assert row[3] == "batch size"
    assert row[4].startswith("4.0 [")


def test_a_pay_back_is_a_number_of_inferences():
    slow = {"prepare_time": 0.1, "latency_quiet": 5e-3}
    fast = {"prepare_time": 10.1, "latency_quiet": 1e-3}
    table = pay_back_table(pay_backs([record(1e6, slow), record(1e6, fast, backend="tensorrt")]))
    assert table.rows[0][1] == "tensorrt"
    assert table.rows[0][2].startswith("2.50 k [")


def test_a_budget_says_size_probability_and_what_binds():
    found = affordable(laws(series(), ["latency_quiet"]), [TIME])
    (row,) = budget_table(found).rows
    assert row[0] == "mlp, eager"
    assert row[1].endswith("0,000")
    assert row[3] == "latency_quiet"
    (plain_one,) = budget_objects(found)
    assert plain_one["size"] == found[0].size
    assert plain_one["holds"] is True
    assert plain_one["binds"] == "latency_quiet"
    assert plain_one["limits"][0]["law_holds"] is True
    assert json.dumps(plain_one, allow_nan=False)


def test_a_refused_budget_is_a_dash_with_the_reason():
    found = affordable(laws(series(), ["latency_quiet"]), [replace(TIME, value=10.0)])
    (row,) = budget_table(found).rows
    assert row[1] == row[2] == row[3] == DASH
    assert "refused" in row[5]
    assert budget_objects(found)[0]["size"] is None


def test_an_extrapolated_budget_is_marked():
    found = affordable(laws(series(), ["latency_quiet"]), [replace(TIME, value=3e-2)])
    assert budget_table(found).rows[0][5] == "extrapolated"


def test_a_size_of_a_law_that_does_not_hold_is_shown_only_where_it_is_asked_for():
    limit = Limit(metric="latency_quiet", value=2e-4, text="latency_quiet=200us")
    found = affordable(laws(series(sizes=SIZES[:4]), ["latency_quiet"]), [limit])
    (row,) = budget_table(found).rows
    assert row[1:5] == (DASH, DASH, DASH, f"latency_quiet {DASH}")
    assert row[5] == "the law of latency_quiet does not hold"
    (asked_for,) = budget_table(found, doubtful=True).rows
    assert asked_for[1].replace(",", "").isdigit()
    assert asked_for[3] == "latency_quiet"
    (described,) = budget_objects(found)
    assert described["holds"] is False
    assert described["size"] == found[0].size > 0


def test_a_limit_without_a_law_has_no_answer():
    memory = Limit(metric="peak_rss", value=1e8, text="peak_rss=100MB")
    found = affordable(laws(series(), ["latency_quiet"]), [TIME, memory])
    assert f"peak_rss {DASH}" in budget_table(found).rows[0][4]
    assert budget_objects(found)[0]["limits"][1]["law_holds"] is None


def test_a_confirmation_says_whether_it_fits_and_the_next_grade_misses():
    (pair,) = networks(affordable(laws(series(), ["latency_quiet"]), [TIME]))
    records = [
        replace(record(1e4, {"latency_quiet": 4.5e-3}), case=pair.fits[0]),
        replace(record(1e4, {"latency_quiet": 1.4e-2}), case=pair.above[0]),
    ]
    found = confirmations([pair], records)
    (row,) = confirmation_table(found).rows
    assert row[2:4] == ("4.50 ms", "yes")
    assert row[5:] == ("14.0 ms", "yes")
    (plain_one,) = confirmation_objects(found)
    assert plain_one["fits"] is True
    assert plain_one["next_grade_misses"] is True
    assert json.dumps(plain_one, allow_nan=False)


def test_a_confirmation_without_a_measurement_says_why():
    (pair,) = networks(affordable(laws(series(), ["latency_quiet"]), [TIME]))
    found = confirmations([replace(pair, above=())], [])
    (row,) = confirmation_table(found).rows
    assert row[2:4] == (f"{DASH} not measured", "not known")
    assert row[4] == DASH
    assert confirmation_objects(found)[0]["next_grade"] is None


def test_a_front_lists_its_cases_and_what_was_left_out():
    names = ("latency_quiet", "peak_rss")
    records = [
        record(SIZES[place], dict(zip(names, pair, strict=True)))
        for place, pair in enumerate([(1e-3, 2e8), (2e-3, 1e8), (3e-3, 3e8), (2.01e-3, 1.01e8)])
    ]
    found = front([*records, record(1e8, {})], names)
    text = plain(front_table(found))
    assert "1.00 ms" in text
    assert "2 of 4 cases are beaten by no other" in text
    assert "1 of the beaten cases are close" in text
    assert "left out: 1 cases, latency_quiet: not_measured" in text
    described = front_object(found)
    assert [one["values"]["latency_quiet"] for one in described["front"]] == [1e-3, 2e-3]
    assert described["dominated"][0]["dominated_by"]
    assert described["left_out"][0]["reason"] == "latency_quiet: not_measured"
    assert json.dumps(described, allow_nan=False)
