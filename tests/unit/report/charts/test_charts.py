"""Every chart is a valid specification, draws the rows it should, and says them in words."""

import json
import warnings
from dataclasses import replace

import pytest

from harness.analyse.across import lines
from harness.analyse.distribution import Histogram
from harness.analyse.pareto import front
from harness.analyse.roofline import roofline
from harness.analyse.scaling import laws
from harness.core.case import Case, Scenario
from harness.core.comparison import Comparison, Ratio, Verdict
from harness.core.peaks import Bandwidth, Peaks
from harness.report.charts.batch import batch_figure
from harness.report.charts.cost import cost_figure
from harness.report.charts.figure import ROWS, drawable
from harness.report.charts.front import front_figure
from harness.report.charts.histogram import compact, histogram_figure, histogram_rows
from harness.report.charts.memory import memory_figure
from harness.report.charts.ratios import ratio_figure
from harness.report.charts.roofline import roofline_figure
from harness.report.html.theme import themed
from model_zoo.solve import solve

HOSTILE = "</script><script>alert(1)</script>"
BACKENDS = ("eager", "onnxruntime")
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11},
    bandwidth=(
        Bandwidth(working_set=1 << 20, rate=8e10),
        Bandwidth(working_set=1 << 30, rate=1e10),
    ),
    launch=1e-6,
    by="torch",
)
HISTOGRAM = Histogram(
    low=1e-3, step=1e-5, counts=(3, 5, 2), median=1.015e-3, largest=9e-3, trials=2
)


@pytest.fixture
def sweep(make_record):
    """Latency that follows a law exactly, and memory in three parts."""
    return [
        make_record(
            "mlp",
            size,
            backend,
            values={
                "latency_quiet": (1e-5 + size * 1e-9) * (1 + place),
                "peak_rss": 3e8 / (1 + place),
                "runtime_rss": 2e8 / (1 + place),
                "weights_rss": 4.0 * size,
                "working_rss": 1e6,
            },
        )
        for size in SIZES
        for place, backend in enumerate(BACKENDS)
    ]


@pytest.fixture
def batches(make_record):
    return [
        make_record(
            scenario=Scenario.OFFLINE, batch_size=n, values={"throughput_quiet": 1e3 * n**0.5}
        )
        for n in (1, 2, 8)
    ]


def attained(sweep):
    solved = [
        replace(one, case=Case(model=solve("mlp", one.parameter_count), target=one.case.target))
        for one in sweep
    ]
    return roofline(solved, [PEAKS])[0]


def ratios(sweep):
    ratio = Ratio(value=1.5, low=1.4, high=None)
    compared = [
        Comparison(
            case=one.case,
            metric="latency_quiet",
            verdict=Verdict.SLOWER,
            ratio=ratio,
            threshold=0.02,
        )
        for one in sweep
    ]
    return lines(compared, {one.case.id: one.parameter_count for one in sweep})


def every_figure(sweep, batches):
    return {
        "cost": cost_figure(sweep, "latency_quiet", laws(sweep, ["latency_quiet"])),
        "throughput": batch_figure(batches),
        "memory": memory_figure(sweep),
        "pareto": front_figure([("mlp", front(sweep, ("latency_quiet", "peak_rss")))]),
        "roofline": roofline_figure(attained(sweep), [PEAKS]),
        "distribution": histogram_figure(sweep[0].case, HISTOGRAM),
        "machines": ratio_figure(ratios(sweep), ("one", "two"), "2"),
    }


@pytest.mark.parametrize(
    "name", ["cost", "throughput", "memory", "pareto", "roofline", "distribution", "machines"]
)
def test_a_chart_is_valid_and_bears_its_rows_title_and_words(sweep, batches, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of altair's own import
        import altair as alt

    figure = every_figure(sweep, batches)[name]
    described = drawable(figure, subtitle="machine")
    alt.Chart.from_dict(json.loads(json.dumps(described)), validate=True)
    assert described["title"]["text"] == figure.title
    assert described["title"]["subtitle"][0] == "machine"
    assert described["datasets"][ROWS] == list(figure.rows)
    assert figure.rows
    assert figure.summary


def test_on_a_page_a_chart_names_colours_and_has_no_title_or_data(sweep, batches):
    for figure in every_figure(sweep, batches).values():
        text = json.dumps(themed(figure))
        assert "#0072b2" not in text
        assert "var(--c-" in text
        assert "title" not in themed(figure)
        assert "datasets" not in themed(figure)


def test_points_that_a_law_goes_through_are_not_joined(sweep):
    alone = cost_figure(sweep, "latency_quiet")
    lawful = cost_figure(sweep, "latency_quiet", laws(sweep, ["latency_quiet"]))
    assert all(row["joined"] for row in alone.rows)
    assert not any(row["joined"] for row in lawful.rows if row["kind"] == "point")
    assert {row["series"] for row in lawful.rows if row["kind"] == "law"} == set(BACKENDS)
    assert "laws" in lawful.caption
    assert "laws" not in alone.caption


def test_laws_of_cases_that_are_not_drawn_are_not_drawn_either(sweep, make_record):
    other = [make_record("cnn", size, values={"latency_quiet": size * 1e-9}) for size in SIZES]
    drawn = cost_figure(sweep, "latency_quiet", laws(other, ["latency_quiet"]))
    assert all(row["kind"] == "point" for row in drawn.rows)


def test_gaps_are_counted_in_the_caption(sweep, make_record):
    drawn = cost_figure([*sweep, make_record("vit")], "latency_quiet")
    assert "gaps: 1 cases without a value" in drawn.caption


def test_a_point_of_very_many_bears_no_text(make_record):
    many = [make_record("mlp", n, values={"latency_quiet": 1e-3}) for n in range(1, 2_102)]
    drawn = cost_figure(many, "latency_quiet")
    assert "name" not in drawn.rows[0]
    assert len(drawn.rows) == 2_101


def test_without_values_there_is_no_chart(make_record):
    empty = [make_record()]
    assert cost_figure(empty, "latency_quiet") is None
    assert cost_figure(empty, "throughput") is None
    assert memory_figure(empty) is None
    assert batch_figure(empty) is None
    assert front_figure([("mlp", front(empty, ("latency_quiet", "peak_rss")))]) is None
    assert roofline_figure((), [PEAKS]) is None
    assert ratio_figure((), ("one", "two"), "2") is None


def test_a_network_with_one_batch_size_is_no_line(make_record, batches):
    alone = make_record(
        "cnn", scenario=Scenario.OFFLINE, batch_size=4, values={"throughput_quiet": 1.0}
    )
    assert {row["family"] for row in batch_figure([*batches, alone]).rows} == {"mlp"}


def test_parts_of_memory_add_up_and_a_case_without_all_of_them_is_left_out(sweep, make_record):
    half = make_record("cnn", values={"runtime_rss": 1e8})
    control = replace(sweep[0], case=replace(sweep[0].case, replica=1))
    rows = memory_figure([*sweep, half, control]).rows
    assert len(rows) == 3 * len(sweep)
    first = [row["bytes"] for row in rows if row["parameter_count"] == SIZES[0]][:3]
    assert sum(first) == pytest.approx(2e8 + 4.0 * SIZES[0] + 1e6)


def test_the_front_is_drawn_apart_from_the_cases_behind_it(make_record):
    good = make_record(values={"latency_quiet": 1e-3, "peak_rss": 1e8})
    beaten = make_record(backend="onnxruntime", values={"latency_quiet": 2e-3, "peak_rss": 2e8})
    drawn = front_figure([("mlp", front([good, beaten], ("latency_quiet", "peak_rss")))])
    kinds = {row["series"]: row["kind"] for row in drawn.rows}
    assert kinds == {"eager": "front", "onnxruntime": "behind"}


def test_a_roof_is_flat_from_its_ridge_on(sweep):
    rows = roofline_figure(attained(sweep), [PEAKS]).rows
    roofs = [row for row in rows if row["kind"] == "roof"]
    assert all(row["rate"] <= PEAKS.gemm["fp32"] * (1 + 1e-9) for row in roofs)
    ridges = {round(row["intensity"], 6) for row in roofs if row["rate"] == PEAKS.gemm["fp32"]}
    assert {round(1e11 / 8e10, 6), round(1e11 / 1e10, 6)} <= ridges


def test_one_bandwidth_is_one_slope(sweep):
    flat = replace(PEAKS, bandwidth=PEAKS.bandwidth[1:])
    rows = roofline_figure(attained(sweep), [flat]).rows
    assert len([row for row in rows if row["kind"] == "slope"]) == 1


def test_bars_of_a_distribution_touch_and_the_first_bears_the_median():
    rows = histogram_rows(HISTOGRAM)
    assert [row["samples"] for row in rows] == [3, 5, 2]
    assert rows[0]["high"] == pytest.approx(rows[1]["low"])
    assert rows[0]["median"] == HISTOGRAM.median
    assert "median" not in rows[1]


def test_a_compact_distribution_has_what_the_page_draws_from():
    found = compact(HISTOGRAM)
    assert found["counts"] == [3, 5, 2]
    assert found["step"] == pytest.approx(HISTOGRAM.step)
    assert "10 samples in 2 trials" in found["text"]


def test_an_end_of_a_ratio_that_is_not_known_lies_on_the_value(sweep):
    row = ratio_figure(ratios(sweep), ("one", "two"), "2").rows[0]
    assert (row["low"], row["ratio"], row["high"]) == (1.4, 1.5, 1.5)


def test_hostile_names_are_data_and_never_markup(make_record):
    records = [
        make_record(HOSTILE, size, HOSTILE, values={"latency_quiet": 1e-3}) for size in (1, 10)
    ]
    figure = cost_figure(records, "latency_quiet")
    assert {row["family"] for row in figure.rows} == {HOSTILE}
