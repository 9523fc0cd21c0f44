import pytest

from model_zoo.solve import solve
from model_zoo.spec import ModelSpec
from model_zoo.variants.name import FORMS, Kind, canonical, parse_variant

WRITTEN = [
    *("autocast-bf16", "int8-dynamic", "int8-static", "int8-static-per-channel"),
    *("int8-weight-per-channel", "int4-weight", "prune-0.5", "prune-2:4", "structured-0.5"),
    *("svd-0.25", "svd-energy-0.9", "distilled-0.1"),
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_variant_is_written_as_it_was_read(text):
    assert parse_variant(text).text == text
    assert canonical(text) == text


def test_every_kind_has_one_form():
    assert [form.kind for form in FORMS] == list(Kind)
    assert len({form.text for form in FORMS}) == len(FORMS)


def test_a_share_has_one_way_to_be_written():
    assert canonical("prune-.50") == "prune-0.5"
    assert canonical("") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("int8", "did you mean"),
        ("int4-weight-per-channel", "no variant"),
        ("prune", "no variant"),
        ("prune-1", "above 0 and below 1"),
        ("svd-0", "above 0 and below 1"),
        ("int8-static-0.5", "no variant"),
        ("../../x", "no variant"),
    ],
)
def test_what_is_no_variant_is_refused_with_those_there_are(text, said):
    with pytest.raises(ValueError, match=said):
        parse_variant(text)


def test_a_spec_has_only_variants_that_are_written_in_the_one_way():
    spec = solve("mlp", 10**4)
    assert spec.varied("prune-0.50").variant == "prune-0.5"
    assert spec.varied("prune-0.5").parent == spec
    assert spec.transform is None
    assert spec.varied("int8-static").transform.is_integer
    with pytest.raises(ValueError, match=r"written 'prune-0\.5'"):
        ModelSpec(family="mlp", dimensions=spec.dimensions, variant="prune-0.50")
    with pytest.raises(ValueError, match="no variant"):
        spec.varied("int9")


def test_the_identity_of_a_plain_network_is_what_it_was_before_there_were_variants():
    assert solve("mlp", 10**5).digest == "0acc7670610343f8"
    assert solve("encoder", 10**6).digest == "9339bcdafc97a2bf"
