import pytest
from sklearn import datasets

from model_zoo.build import build_on_meta
from model_zoo.families import load_family
from model_zoo.solve import parameter_count, smallest, solve
from model_zoo.train.shape import DATA, facts, shape

IMAGE_FAMILIES = ("mlp", "cnn", "resnet", "mobilenet", "vit", "lstm")


@pytest.mark.parametrize("name", DATA)
def test_the_facts_are_those_of_the_data_set_that_the_package_carries(name):
    found = getattr(datasets, f"load_{name}")()
    assert (facts(name).items, facts(name).features) == found.data.shape
    assert facts(name).classes == len(found.target_names)
    if facts(name).side:
        assert found.images.shape[1:] == (facts(name).side, facts(name).side)


@pytest.mark.parametrize("family", IMAGE_FAMILIES)
@pytest.mark.parametrize("target", [10_000, 100_000])
def test_a_network_for_digits_is_met_within_one_percent_and_has_its_count(family, target):
    spec = solve(family, target, shape("digits", family))
    assert abs(parameter_count(spec) - target) <= 0.01 * target
    assert build_on_meta(spec).parameter_count == parameter_count(spec)


@pytest.mark.parametrize("family", IMAGE_FAMILIES)
def test_only_sizes_of_input_and_output_differ_from_the_familys_own(family):
    fixed = shape("digits", family)
    own = load_family(family).scaled(3, 32)
    assert set(fixed) <= set(own)
    assert solve(family, 50_000, fixed).sizes.items() >= fixed.items()


@pytest.mark.parametrize(("data", "classes"), [("digits", 10), ("wine", 3), ("breast_cancer", 2)])
def test_a_network_has_one_score_for_each_class(data, classes):
    spec = solve("mlp", 5_000, shape(data, "mlp"))
    assert load_family("mlp").outputs(spec.sizes)[0].shape == (classes,)


def test_a_recurrent_network_reads_a_table_number_by_number_and_an_image_row_by_row():
    assert shape("wine", "lstm") == {"classes": 3, "input_size": 1, "sequence_length": 13}
    assert shape("digits", "lstm") == {"classes": 10, "input_size": 8, "sequence_length": 8}


def test_an_unknown_data_set_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"no data set 'digit'; did you mean digits.*wine"):
        facts("digit")
    with pytest.raises(ValueError, match="no data set 'zzz'; there are digits"):
        facts("zzz")


def test_a_table_is_refused_to_families_of_images():
    with pytest.raises(ValueError, match="cnn takes no rows of a table as wine"):
        shape("wine", "cnn")


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_a_family_without_class_scores_is_refused(family):
    with pytest.raises(ValueError, match=f"{family} gives no class scores"):
        shape("digits", family)


def test_a_size_that_the_family_does_not_have_is_named():
    with pytest.raises(ValueError, match="mlp has no size image_size; it has classes"):
        solve("mlp", 10_000, {"image_size": 8})


def test_the_smallest_network_is_that_of_the_fixed_sizes():
    fixed = shape("digits", "mlp")
    least = smallest("mlp", fixed)
    # Two hidden layers of 16: 64 x 16 + 16, 16 x 16 + 16, 16 x 10 + 10.
    assert least == 1040 + 272 + 170
    with pytest.raises(ValueError, match="it reaches 1,482 to"):
        solve("mlp", least - 1, fixed)
