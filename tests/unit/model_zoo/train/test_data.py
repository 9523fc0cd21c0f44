import numpy as np
import pytest
from sklearn import datasets

from model_zoo.solve import solve
from model_zoo.train.data import Dataset, folds, inputs, load
from model_zoo.train.shape import shape


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def test_items_and_classes_are_those_of_the_package(digits):
    found = datasets.load_digits()
    np.testing.assert_array_equal(digits.features, found.data.astype(np.float32))
    np.testing.assert_array_equal(digits.labels, found.target)


def test_an_unknown_data_set_is_refused():
    with pytest.raises(ValueError, match="no data set 'mnist'"):
        load("mnist")


def test_every_item_is_held_out_once_and_never_learned_from_at_the_same_time(digits):
    divided = list(folds(digits, 5, seed=3))
    held_out = np.concatenate([fold.validation for fold in divided])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(len(digits.labels)))
    for fold in divided:
        together = np.concatenate([fold.training, fold.validation])
        np.testing.assert_array_equal(np.sort(together), np.arange(len(digits.labels)))


def test_each_fold_has_the_classes_in_the_proportions_of_the_whole(digits):
    whole = np.bincount(digits.labels)
    for fold in folds(digits, 5, seed=0):
        here = np.bincount(digits.labels[fold.validation])
        assert (np.abs(here - whole / 5) < 1).all()


def test_a_seed_gives_the_same_folds_and_another_gives_others(digits):
    first, again, other = (next(folds(digits, 4, seed=seed)).validation for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_more_folds_than_a_class_has_items_are_refused():
    few = Dataset("wine", np.zeros((4, 13), np.float32), np.array([0, 0, 0, 1]))
    with pytest.raises(ValueError, match="wine has a class of 1 items: too few for 2 folds"):
        next(folds(few, 2, seed=0))


@pytest.mark.parametrize(
    ("family", "axes"),
    [
        ("mlp", (64,)),
        ("lstm", (8, 8)),
        ("cnn", (1, 10, 10)),
        ("vit", (1, 8, 8)),
        ("resnet", (1, 16, 16)),
    ],
)
def test_items_have_the_shape_that_the_network_takes(digits, family, axes):
    spec = solve(family, 20_000, shape("digits", family))
    training = np.arange(0, 1797, 2)
    assert inputs(digits, spec, training).shape == (1797, *axes)


def test_an_image_is_doubled_or_bordered_and_never_turned(digits):
    training = np.arange(1797)
    plain, doubled, bordered = (
        inputs(digits, solve(family, 20_000, shape("digits", family)), training)
        for family in ("vit", "resnet", "cnn")
    )
    np.testing.assert_array_equal(doubled[:, :, ::2, 1::2], plain)
    np.testing.assert_array_equal(bordered[:, :, 1:-1, 1:-1], plain)
    blank = bordered[:, :, 0, :]
    np.testing.assert_allclose(blank, plain.min(), rtol=1e-6)  # ink of 0


def test_scaling_knows_nothing_of_the_items_held_out():
    table = Dataset("wine", np.zeros((6, 13), np.float32), np.array([0, 1, 2, 0, 1, 2]))
    table.features[:3] = [[1.0] * 13, [2.0] * 13, [3.0] * 13]
    table.features[3:] = 1000
    spec = solve("mlp", 5_000, shape("wine", "mlp"))
    scaled = inputs(table, spec, np.arange(3))
    # Of 1, 2, 3 the mean is 2 and the spread the root of 2/3.
    np.testing.assert_allclose(scaled[:3, 0], np.array([-1, 0, 1]) / (2 / 3) ** 0.5, rtol=1e-6)
    np.testing.assert_allclose(scaled[3, 0], 998 / (2 / 3) ** 0.5, rtol=1e-6)


def test_a_column_that_never_changes_is_zero_and_no_number_is_lost():
    table = Dataset("wine", np.full((4, 13), 7, np.float32), np.array([0, 1, 0, 1]))
    spec = solve("mlp", 5_000, shape("wine", "mlp"))
    np.testing.assert_array_equal(inputs(table, spec, np.arange(4)), np.zeros((4, 13)))
