import doctest
from importlib import import_module

import pytest

from model_zoo.own import is_own, own_spec
from model_zoo.solve import solve


def test_a_reference_is_the_whole_spec_and_its_readable_name():
    spec = own_spec("mine.nets:make")
    assert (spec.family, spec.dimensions, spec.preset) == ("own", (), "mine.nets:make")
    assert spec.slug == "mine.nets:make"
    assert is_own(spec)
    assert not is_own(solve("mlp", 10_000))


@pytest.mark.parametrize(
    "reference", ["", "make", "mine:", ":make", "a b:make", "./mine.py:make", "1:make", "m:a:b"]
)
def test_a_reference_of_another_form_is_refused_with_the_form(reference):
    with pytest.raises(ValueError, match=r"package\.module:factory"):
        own_spec(reference)


@pytest.mark.parametrize("name", ["model_zoo.own", "model_zoo.own.outputs"])
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
