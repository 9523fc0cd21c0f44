"""The examples in the docstrings of pure functions are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "axis",
        "charts.panels",
        "charts.quality",
        "charts.figure",
        "colours",
        "footnotes",
        "format",
        "html.records_data",
        "html.sections.across",
        "html.sections.conditions",
        "html.sections.growth",
        "inputs",
        "linear_axis",
        "machine_runs",
        "noise",
        "page",
        "progress",
        "ratio",
        "rows",
        "table",
        "targets",
    ],
)
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(import_module(f"harness.report.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
