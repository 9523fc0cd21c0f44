import contextlib
import doctest
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.limits import UNITS, parse_conditions, parse_limits, parse_quantity
from harness.core.errors import UsageError
from harness.core.metric import METRICS


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10ms", "s", 0.01),
        ("250 us", "s", 250e-6),
        ("1.5s", "s", 1.5),
        ("3ns", "s", 3e-9),
        ("2GB", "B", 2e9),
        ("2GiB", "B", 2 * 2**30),
        ("1e6B", "B", 1e6),
        ("512 kB", "B", 512e3),
        (".5MiB", "B", 2**19),
        ("5mJ", "J", 5e-3),
        ("65W", "W", 65.0),
        ("100/s", "1/s", 100.0),
        ("100 1/s", "1/s", 100.0),
        ("5k/s", "1/s", 5e3),
        ("2%", "1", 0.02),
        ("0.95", "1", 0.95),
    ],
)
def test_quantities_are_read_in_si(text, unit, value):
    assert parse_quantity(text, unit) == pytest.approx(value)


@pytest.mark.parametrize("text", ["10", "10 m", "10MS", "10ms/s", "10sec", "2gb"])
def test_a_unit_that_does_not_exist_lists_those_that_do(text):
    unit = "B" if "b" in text else "s"
    with pytest.raises(UsageError) as caught:
        parse_quantity(text, unit)
    assert all(name in str(caught.value) for name in UNITS[unit])


@pytest.mark.parametrize("text", ["", "ms", "-5ms", "1..2ms", "nanms", "1_0ms", "0x1s"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(UsageError):
        parse_quantity(text, "s")


@pytest.mark.parametrize("text", ["0ms", "1e999s"])
def test_zero_and_infinity_are_no_limits(text):
    with pytest.raises(UsageError, match="no positive number"):
        parse_quantity(text, "s")


@given(st.text(max_size=20))
def test_any_text_is_a_positive_number_or_a_usage_error(text):
    with contextlib.suppress(UsageError):
        assert parse_quantity(text, "s") > 0


def test_every_unit_of_a_metric_can_be_written():
    assert {metric.unit for metric in METRICS.values()} <= set(UNITS)


def test_limits_are_read_from_several_flags_and_lists():
    found = parse_limits(
        ["latency_p99=10ms,peak_rss=2GB", "energy_per_item=5mJ"], ["throughput=9/s"]
    )
    assert [(one.metric, one.value) for one in found] == [
        ("latency_p99", 0.01),
        ("peak_rss", 2e9),
        ("energy_per_item", 0.005),
        ("throughput", 9.0),
    ]
    assert found[0].text == "latency_p99=10ms"


@pytest.mark.parametrize(
    ("most", "least", "message"),
    [
        ([], [], "no budget"),
        (["latency_p99"], [], "metric=quantity"),
        (["latency=1ms"], [], "did you mean"),
        (["throughput=9/s"], [], "use --min"),
        ([], ["peak_rss=1GB"], "use --max"),
        (["quiet_share=5%"], [], "no direction"),
        (["peak_rss=1GB", "peak_rss=2GB"], [], "two limits"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(most, least, message):
    with pytest.raises(UsageError, match=message):
        parse_limits(most, least)


def test_conditions_are_limits_with_a_direction():
    found = parse_conditions(["latency_p99 < 10ms, peak_rss<=2GB", "throughput>=9/s"])
    assert [(one.metric, one.value) for one in found] == [
        ("latency_p99", 0.01),
        ("peak_rss", 2e9),
        ("throughput", 9.0),
    ]
    assert parse_conditions([]) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency_p99", "no condition"),
        ("latency_p99<", "no condition"),
        ("latency_p99<1ms<2ms", "no condition"),
        ("", "no condition"),
        ("latency_p99>1ms", "use <"),
        ("throughput<9/s", "use >"),
        ("latency_p99<1ms,latency_p99<2ms", "two limits"),
    ],
)
def test_what_is_no_condition_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_conditions([text])


def test_the_examples_in_the_docstrings_are_true():
    found = doctest.testmod(import_module("harness.cli.limits"))
    assert found.attempted > 0
    assert found.failed == 0
