"""The examples in the docstrings of a gate and its reports are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "analyse.gate",
        "report.annotations",
        "report.finding",
        "report.openmetrics",
        "report.pull_request",
    ],
)
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(import_module(f"harness.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
