import json

import pytest
from hypothesis import given, settings

from model_zoo.spec import ModelSpec

from .networks import specs


@given(specs())
@settings(max_examples=50, deadline=None)
def test_a_record_of_a_spec_gives_the_spec_back(spec):
    assert ModelSpec.from_record(json.loads(json.dumps(spec.as_record()))) == spec


@pytest.mark.parametrize(
    "record",
    [
        {"family": "mlp"},
        {"family": "mlp", "dimensions": [["a", 1]], "colour": "red"},
        {"family": "mlp", "dimensions": [["a", "much"]]},
        {"family": "mlp", "dimensions": 3},
    ],
)
def test_a_foreign_record_is_refused(record):
    with pytest.raises(ValueError, match=r"spec|much"):
        ModelSpec.from_record(record)


def test_sizes_are_sorted_named_once_and_not_negative():
    with pytest.raises(ValueError, match="sorted"):
        ModelSpec(family="mlp", dimensions=(("b", 1), ("a", 1)))
    with pytest.raises(ValueError, match="negative: a=-1"):
        ModelSpec.of("mlp", a=-1)


def test_every_field_changes_the_digest():
    spec = ModelSpec.of("mlp", a=1)
    others = [
        ModelSpec.of("cnn", a=1),
        ModelSpec.of("mlp", a=2),
        ModelSpec.of("mlp", a=1, seed=1),
        ModelSpec.of("mlp", a=1, preset="x"),
        ModelSpec(family="mlp", dimensions=spec.dimensions, variant="int8-dynamic"),
    ]
    assert len({spec.digest, *(other.digest for other in others)}) == 6


def test_a_slug_is_a_preset_or_family_and_digest_with_the_variant():
    plain = ModelSpec.of("mlp", a=1)
    assert plain.slug == f"mlp-{plain.digest[:8]}"
    assert ModelSpec(family="mlp", dimensions=(), preset="p", variant="svd-0.5").slug == "p-svd-0.5"
    assert plain["a"] == 1
