import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.report.format import DASH, estimate, interval, plain_text, quantity, tick

FACTORS = {"n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
UNITS = sorted({metric.unit for metric in METRICS.values()})


def read_back(text: str, unit: str) -> float:
    number, _, name = text.partition(" ")
    if unit == "1":
        return float(number.replace(",", "")) / 100
    prefix = name.removesuffix("/s" if unit == "1/s" else unit)
    return float(number.replace(",", "")) * FACTORS[prefix]


@pytest.mark.parametrize("unit", UNITS)
@given(exponent=st.floats(-9, 15))
def test_a_printed_value_is_within_half_a_per_cent_of_the_value(unit, exponent):
    value = 10**exponent
    lost = 0.5 if unit == "B" else 0.5e-9 * 0.01
    assert read_back(quantity(value, unit), unit) == pytest.approx(value, rel=0.00501, abs=lost)


@given(st.floats(1e-8, 1e3))
def test_seconds_below_a_thousand_never_need_four_digits_before_the_point(seconds):
    digits = re.sub(r"\D.*", "", quantity(seconds, "s"))
    assert len(digits) <= 3 or seconds >= 999


@given(st.floats(1e-8, 1e8), st.floats(0.5, 1), st.floats(1, 2))
def test_the_ends_of_an_interval_have_the_decimals_of_its_value(value, below, above):
    number, _, ends = interval(value, "s", value * below, value * above).partition(" ")
    low, high = ends.partition("[")[2].rstrip("]").split(", ")
    places = {len(text.partition(".")[2]) for text in (number, low, high)}
    assert len(places) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_a_null_is_a_dash_and_its_code_and_never_a_digit(metric):
    for code in ReasonCode:
        value = Value(metric=metric, value=None, reason=Reason(code=code))
        text = estimate(value, with_interval=True)
        assert text == f"{DASH} {code}"
        assert not re.search(r"\d", text)


@pytest.mark.parametrize("unit", UNITS)
def test_a_measured_zero_is_a_zero(unit):
    assert quantity(0.0, unit).startswith("0 ")


def test_a_value_without_an_interval_is_printed_alone():
    assert estimate(Value(metric="latency_p50", value=0.5), with_interval=True) == "500 ms"
    assert estimate(Value(metric="latency_p50", value=0.5, low=0.4), with_interval=False) == (
        "500 ms"
    )


def test_bytes_are_decimal():
    assert quantity(1_000_000, "B") == "1.00 MB"
    assert quantity(1_048_576, "B") == "1.05 MB"


@given(st.text())
def test_no_name_can_move_the_cursor_or_end_a_line(text):
    shown = plain_text(text)
    assert shown.isprintable()
    assert len(shown) <= 120 * 10


def test_ticks_of_every_decade_differ():
    labels = [tick(10.0**power, "s") for power in range(-9, 4)]
    assert len(set(labels)) == len(labels)
    assert labels[:4] == ["1 ns", "10 ns", "100 ns", "1 µs"]
