"""What is said of a name that does not exist."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import names
from harness.core.metric import METRICS
from harness.core.names import nearest, suggestion


def test_examples_in_docstrings_are_true():
    result = doctest.testmod(names)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("written", "meant"),
    [("latency_quite", "latency_quiet"), ("p99", "latency_p99"), ("RSS", "peak_rss")],
)
def test_what_was_meant_is_among_three_names(written, meant):
    near = nearest(written, METRICS)
    assert meant in near
    assert len(near) <= 3


@given(st.text(max_size=30))
def test_of_many_names_at_most_three_are_said_where_a_command_lists_all(name):
    said = suggestion(name, METRICS, "`scalecurve show --help`")
    assert said.endswith("? `scalecurve show --help` lists all")
    assert 1 <= said.count(",") + 1 <= 3


def test_a_name_that_resembles_nothing_gets_all_there_are_where_no_command_lists_them():
    assert suggestion("zzz", ["eager", "onnxruntime"]) == "did you mean eager, onnxruntime?"


def test_of_very_many_names_that_nothing_lists_the_nearest_are_said():
    said = suggestion("zzz", [f"case-{number}" for number in range(100)])
    assert said.count("case-") == 3
