"""Charts of quality are valid, draw the rows they should, and say them in words."""

import doctest
import json
import math

import pytest
import vl_convert

from harness.analyse.pareto import front
from harness.analyse.quality_cost import joined
from harness.core.case import Case, Target
from harness.core.quality import QUALITIES, Network, Quality
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.trial import Outcome, Status
from harness.report.charts import quality as quality_charts
from harness.report.charts.figure import drawable
from harness.report.charts.quality import curves_figure, size_figure
from harness.report.charts.quality_cost import cost_quality_figure
from model_zoo.spec import ModelSpec
from model_zoo.train.curves import Curves

TARGET = Target(backend="eager")


def spec(size, family="mlp", variant=""):
    return ModelSpec(family=family, dimensions=(("size", size),), variant=variant)


def quality(size, accuracy, family="mlp", variant="", epochs=3):
    missing = Reason(code=ReasonCode.NOT_MEASURED)
    values = {
        name: Value(metric=name, value=None, reason=missing)
        if accuracy is None
        else Value(metric=name, value=accuracy, low=accuracy - 0.01)
        for name in QUALITIES
    }
    losses = (*(math.exp(-epoch) for epoch in range(epochs - 1)), 0.0)
    curves = Curves(
        training_loss=losses,
        validation_loss=losses,
        training_accuracy=losses,
        validation_accuracy=losses,
        epoch_ns=(1,) * epochs,
    )
    return Quality(
        network=Network(spec=spec(size, family, variant), parameter_count=size, nominal=size),
        folds=5,
        values=values,
        curves=None if variant else curves,
        overfits_after=2 if size == 1_000 else None,
    )


FOUND = [
    quality(1_000, 0.9),
    quality(10_000, 0.95),
    quality(1_000, 0.85, "cnn"),
    quality(1_000, 0.8, variant="prune-0.5"),
    quality(5_000, None, "vit"),
]


def fronts(count=1):
    records = [
        Record(
            case=Case(model=one.network.spec, target=TARGET),
            parameter_count=one.network.parameter_count,
            outcome=Outcome(status=Status.COMPLETED),
            values={"latency_quiet": Value(metric="latency_quiet", value=1e-6 * (place + 1))},
        )
        for place, one in enumerate(FOUND[:4])
    ]
    found = front(joined(records, FOUND), ("latency_quiet", "accuracy"))
    return [(f"eager {place}", found) for place in range(count)]


def figures():
    return [size_figure(FOUND), size_figure(FOUND, "f1"), curves_figure(FOUND)] + [
        cost_quality_figure(fronts(count)) for count in (1, 2)
    ]


@pytest.mark.parametrize("place", range(5))
def test_every_chart_is_drawn(place):
    figure = figures()[place]
    drawn = drawable(figure, subtitle="here")
    assert vl_convert.vegalite_to_svg(json.dumps(drawn, allow_nan=False)).startswith("<svg")


def test_a_point_a_network_and_variants_have_a_chart_of_their_own():
    figure = size_figure(FOUND)
    assert [(row["series"], row["parameter_count"]) for row in figure.rows] == [
        ("mlp", 1_000),
        ("mlp", 10_000),
        ("cnn", 1_000),
    ]
    assert [row["high"] for row in figure.rows] == pytest.approx([11, 6, 16])
    # An end that is not known lies on the value itself.
    assert [row["low"] for row in figure.rows] == [row["value"] for row in figure.rows]
    assert "mlp-1e3, 1,000 parameters 90.0 %" in figure.summary


def test_each_epoch_has_a_loss_of_either_kind_and_none_that_an_axis_cannot_hold():
    figure = curves_figure(FOUND)
    of_one = [row for row in figure.rows if row["series"] == "cnn-1e3"]
    assert [(row["kind"], row["epoch"]) for row in of_one] == [
        (kind, epoch) for kind in ("held out", "learned from") for epoch in (1, 2, 3)
    ]
    assert all(row["loss"] > 0 for row in figure.rows)
    assert "mlp-1e3: over-fits after epoch 2" in figure.summary
    assert "mlp-1e4: does not over-fit" in figure.summary


def test_no_more_lines_are_drawn_than_can_be_told_apart():
    figure = curves_figure([quality(1_000 + place, 0.9) for place in range(12)])
    assert len({row["series"] for row in figure.rows}) <= 7


def test_the_front_is_drawn_apart_from_what_lies_behind_it():
    figure = cost_quality_figure(fronts())
    kinds = {row["name"].partition("/")[0]: row["kind"] for row in figure.rows}
    assert [row["kind"] for row in figure.rows].count("front") == 2
    assert len(kinds) == 4
    assert {row["series"] for row in figure.rows} == {"mlp", "cnn", "mlp, prune-0.5"}
    assert figure.name == "quality-latency_quiet"


def test_the_examples_in_docstrings_are_true():
    result = doctest.testmod(quality_charts)
    assert result.attempted > 0
    assert result.failed == 0


def test_nothing_to_draw_is_no_chart():
    assert size_figure([FOUND[4]]) is None
    assert curves_figure([FOUND[3]]) is None
    assert cost_quality_figure([]) is None
