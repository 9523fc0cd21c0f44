import math
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix
from torch import nn

from model_zoo.solve import solve
from model_zoo.train.data import Dataset, Fold, folds, load
from model_zoo.train.loop import Diverged, learn, learner
from model_zoo.train.recipe import Recipe
from model_zoo.train.shape import shape

SPEC = solve("mlp", 2_000, shape("iris", "mlp"))
RECIPE = Recipe(epochs=4, batch_size=16)


@pytest.fixture(scope="module")
def iris():
    return load("iris")


@pytest.fixture(scope="module")
def fold(iris):
    return next(folds(iris, 3, seed=0))


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(iris, fold, recipe=RECIPE, spec=SPEC):
    found = learner(spec, iris, fold)
    return found, learn(found, spec, recipe)


def weights(found):
    return torch.cat([weight.detach().flatten() for weight in found.module.parameters()])


def test_training_lowers_the_loss_of_items_never_learned_from(iris, fold):
    found, curves = trained(iris, fold, replace(RECIPE, epochs=10))
    assert curves.validation_loss[-1] < 0.5 * curves.validation_loss[0]
    assert curves.training_loss[-1] < curves.training_loss[0]
    # Guessing is right a third of the time.
    assert curves.validation_accuracy[-1] > 0.8
    assert not found.module.training


def test_the_same_seed_gives_the_same_weights_and_curves_to_the_last_bit(iris, fold):
    first, curves = trained(iris, fold)
    again, same = trained(iris, fold)
    assert torch.equal(weights(first), weights(again))
    assert replace(curves, epoch_ns=()) == replace(same, epoch_ns=())


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 1e-3}])
def test_another_recipe_gives_other_weights(iris, fold, change):
    first, _ = trained(iris, fold)
    other, _ = trained(iris, fold, replace(RECIPE, **change))
    assert not torch.equal(weights(first), weights(other))


def test_items_held_out_change_nothing_that_is_learned(iris, fold):
    changed = Dataset(iris.name, iris.features.copy(), iris.labels.copy())
    changed.features[fold.validation] += 3
    changed.labels[fold.validation] = 0
    first, _ = trained(iris, fold)
    other, _ = trained(changed, fold)
    assert torch.equal(weights(first), weights(other))


def test_time_is_of_the_steps_alone_and_comes_from_the_clock(iris, fold):
    ticks = count(0, 7)
    found = learner(SPEC, iris, fold)
    curves = learn(found, SPEC, RECIPE, clock=lambda: next(ticks))
    assert curves.epoch_ns == (7,) * RECIPE.epochs


def test_every_curve_has_a_value_for_each_epoch(iris, fold):
    _, curves = trained(iris, fold)
    lengths = {len(getattr(curves, name)) for name in curves.__slots__}
    assert lengths == {RECIPE.epochs}


def test_losses_and_shares_are_those_of_the_scores(iris, fold):
    found, curves = trained(iris, fold)
    scores = found.scores().double().numpy()
    truth = found.truth().numpy()
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    own = -logs[np.arange(len(truth)), truth].mean()
    assert curves.validation_loss[-1] == pytest.approx(own, rel=1e-5)
    assert curves.validation_accuracy[-1] == pytest.approx((scores.argmax(1) == truth).mean())


def test_the_counts_are_those_of_scikit_learn(iris, fold):
    found, _ = trained(iris, fold)
    answers = found.scores().argmax(dim=1).numpy()
    expected = confusion_matrix(iris.labels[fold.validation], answers, labels=[0, 1, 2])
    np.testing.assert_array_equal(np.array(found.confusion()), expected)


def test_a_first_epoch_of_one_step_meets_the_loss_of_the_untrained_network(iris):
    fold = Fold(np.arange(0, 150, 2), np.arange(1, 150, 2))
    found = learner(SPEC, iris, fold)
    with torch.no_grad():
        scores = found.module(found.learned()).double()
    labels = torch.from_numpy(iris.labels[fold.training])
    own = -torch.log_softmax(scores, dim=1)[torch.arange(75), labels].mean().item()
    curves = learn(found, SPEC, Recipe(epochs=1, batch_size=75))
    assert curves.training_loss == pytest.approx((own,), rel=1e-5)


def test_a_loss_that_is_not_finite_ends_the_training_with_its_epoch(iris, fold):
    found = learner(SPEC, iris, fold)
    first = next(found.module.parameters())
    with torch.no_grad():
        first.fill_(math.nan)
    with pytest.raises(Diverged, match="nan in epoch 1"):
        learn(found, SPEC, RECIPE)


@pytest.mark.parametrize(("family", "size"), [("resnet", 10_000), ("mobilenet", 5_000)])
def test_a_network_with_batch_norm_learns_and_is_scored_by_what_it_remembers(family, size):
    digits = load("digits")
    fold = next(folds(digits, 10, seed=0))
    small = Fold(fold.training[:65], fold.validation[:40])
    spec = solve(family, size, shape("digits", family))
    found = learner(spec, digits, small)
    learn(found, spec, Recipe(epochs=1))
    norms = [part for part in found.module.modules() if isinstance(part, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    whole = found.scores()
    alone = replace(found, fold=Fold(small.training, small.validation[:1])).scores()
    torch.testing.assert_close(whole[:1], alone, rtol=1e-4, atol=1e-4)
