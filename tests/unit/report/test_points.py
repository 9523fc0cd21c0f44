from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Scenario
from harness.core.record import Record, Value
from harness.report.axis import log_axis
from harness.report.points import Plot, plot


def drawn(records: Iterable[Record], metric: str = "latency_quiet") -> Plot:
    drawing = plot(records, metric)
    assert drawing is not None
    return drawing


def segments(drawing: Plot) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for point in drawing.points:
        found.setdefault(point.segment, []).append(point.parameter_count)
    return found


def test_a_missing_value_is_a_gap_and_never_a_zero(make_record):
    values = {10**4: 1e-5, 10**5: 2e-5, 10**6: None, 10**7: 3e-3, 10**8: 3e-2}
    records = [make_record(count=n, values={"latency_quiet": v}) for n, v in values.items()]
    drawing = drawn(records)
    assert list(segments(drawing).values()) == [[10**4, 10**5], [10**7, 10**8]]
    assert drawing.missing == 1
    assert min(point.value for point in drawing.points) > 0


def test_a_case_that_was_skipped_is_a_gap(make_record, skipped):
    records = [
        make_record(count=10, values={"latency_quiet": 1.0}),
        make_record(count=20, outcome=skipped),
        make_record(count=30, values={"latency_quiet": 1.0}),
    ]
    assert list(segments(drawn(records)).values()) == [[10], [30]]


def test_values_that_a_log_axis_cannot_show_are_gaps(make_record):
    zero = Value(metric="latency_quiet", value=0.0)
    negative_end = Value(metric="latency_quiet", value=1.0, low=-1.0, high=3.0)
    records = [
        make_record(count=10, values={"latency_quiet": zero}),
        make_record(count=20, values={"latency_quiet": negative_end}),
    ]
    drawing = drawn(records)
    assert [(p.parameter_count, p.low, p.high) for p in drawing.points] == [(20, None, 3.0)]
    assert drawing.missing == 1


def test_the_control_case_is_not_drawn_over_its_twin(make_record):
    records = [make_record(replica=r, values={"latency_quiet": 1.0}) for r in (0, 1)]
    assert len(drawn(records).points) == 1


def test_a_metric_that_no_scenario_of_the_run_measures_is_not_drawn(make_record):
    assert plot([make_record()], "throughput_quiet") is None
    assert plot([make_record(scenario=Scenario.OFFLINE)], "latency_quiet") is None


def test_a_family_of_which_nothing_was_measured_keeps_its_panel(make_record, skipped):
    records = [make_record(values={"latency_quiet": 1.0}), make_record("vit", outcome=skipped)]
    drawing = drawn(records)
    assert drawing.families == ("mlp", "vit")


def test_families_and_lines_stand_in_the_order_of_the_zoo_and_of_the_backends(make_record):
    records = [
        make_record(family, backend=backend, values={"latency_quiet": 1.0})
        for family in ("unheard-of", "vit", "cnn", "mlp")
        for backend in ("somebody's", "tensorrt", "onnxruntime", "eager")
    ]
    drawing = drawn(records)
    assert drawing.families == ("mlp", "cnn", "vit", "unheard-of")
    assert drawing.series == ("eager", "onnxruntime", "tensorrt", "somebody's")


def test_cases_that_differ_in_more_than_the_backend_have_lines_of_their_own(make_record):
    records = [
        make_record(threads=threads, options=options, values={"latency_quiet": 1.0})
        for threads in (1, 2)
        for options in ((), (("graph", "1"),))
    ]
    assert drawn(records).series == (
        "eager, threads 1",
        "eager, threads 1, graph=1",
        "eager, threads 2",
        "eager, threads 2, graph=1",
    )


def test_the_order_of_the_records_changes_no_chart(make_record):
    records = [
        make_record(family, n, backend, values={"latency_quiet": n * 1e-9})
        for family in ("mlp", "cnn")
        for n in (10**4, 10**5, 10**6)
        for backend in ("eager", "onnxruntime")
    ]
    expected = drawn(records)
    for seed in range(10):
        assert drawn(Random(seed).sample(records, len(records))) == expected


@given(st.lists(st.floats(1e-9, 1e12), min_size=1), st.integers(1, 5))
def test_every_value_lies_on_the_axis_and_every_axis_has_a_labelled_tick(values, decades):
    axis = log_axis(values, "s", decades=decades)
    assert axis.low < min(values)
    assert max(values) < axis.high
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    assert axis.ticks
    assert axis.label_expression.count('"') >= 2


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1e5, 1e7], '["100 k", "", "", "1 M", "", "", "10 M"]'),
        ([1e6], '["1 M"]'),
        ([1.7e6, 6e6], '["2 M", "5 M"]'),
    ],
)
def test_ticks_are_labelled_with_prefixes(values, labels):
    axis = log_axis(values, "", decades=2)
    assert axis.label_expression.startswith(labels)


def test_an_axis_without_values_has_no_ticks():
    axis = log_axis([], "s", decades=3)
    assert axis.ticks == ()
    assert axis.label_expression == "''"
