import json

import pytest

from harness.core.errors import UsageError
from harness.pytest_plugin.own import reference_of


class Networks:
    @staticmethod
    def small():
        """Stand for a factory."""


def large():
    """Stand for a factory."""


def test_a_text_is_taken_as_it_is():
    assert reference_of("mine.nets:make") == "mine.nets:make"


def test_a_function_of_a_module_goes_by_its_name():
    assert reference_of(json.dumps) == "json:dumps"
    assert reference_of(large).endswith("test_own:large")
    assert reference_of(Networks.small).endswith("test_own:Networks.small")


def test_a_lambda_is_refused_and_the_rewrite_shown():
    with pytest.raises(UsageError, match="a lambda has no name") as caught:
        reference_of(lambda: None)
    assert "# networks.py\n    def network():" in str(caught.value)
    assert 'inference.network("networks:network")' in str(caught.value)


def test_a_closure_is_refused_and_the_rewrite_has_its_name():
    def tiny():
        """Stand for a factory."""

    with pytest.raises(UsageError, match="'tiny' is made inside another function") as caught:
        reference_of(tiny)
    assert 'inference.network("networks:tiny")' in str(caught.value)


def test_a_function_of_the_program_that_was_started_is_refused():
    def elsewhere():
        """Stand for a factory."""

    elsewhere.__module__, elsewhere.__qualname__ = "__main__", "elsewhere"
    with pytest.raises(UsageError, match="part of the program that was started"):
        reference_of(elsewhere)


def test_an_object_is_refused():
    with pytest.raises(UsageError, match="int object has no name"):
        reference_of(3)
