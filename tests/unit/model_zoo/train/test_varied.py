import numpy as np
import pytest
import torch

from model_zoo.build import build
from model_zoo.solve import solve
from model_zoo.train.data import Fold, load
from model_zoo.train.loop import learn, learner
from model_zoo.train.recipe import Recipe
from model_zoo.train.shape import shape
from model_zoo.train.varied import varied

SPEC = solve("mlp", 3_000, shape("digits", "mlp"))


@pytest.fixture(scope="module")
def trained():
    places = np.arange(400)
    digits = load("digits")
    found = learner(SPEC, digits, Fold(places[:300], places[300:]))
    learn(found, SPEC, Recipe(epochs=6))
    return found


def made(trained, text):
    return varied(trained.module, SPEC.varied(text), trained.learned())


def test_the_trained_network_stays_as_it_is(trained):
    before = {name: tensor.clone() for name, tensor in trained.module.state_dict().items()}
    for text in ("int8-static", "prune-0.5", "svd-0.5", "structured-0.5"):
        made(trained, text)
    after = trained.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_weights_are_the_trained_ones_and_not_the_specs(trained):
    plain = build(SPEC).module(trained.items[:5])
    pruned = made(trained, "prune-0.5")
    kept = [weight for weight in pruned.parameters() if weight.dim() == 2]
    originals = [weight for weight in trained.module.parameters() if weight.dim() == 2]
    for weight, original in zip(kept, originals, strict=True):
        assert torch.equal(weight[weight != 0], original[weight != 0])
    assert not torch.allclose(trained.module(trained.items[:5]), plain, atol=0.1)


def test_eight_bits_change_scores_and_by_little(trained):
    items = trained.items[300:]
    with torch.no_grad():
        plain = trained.module(items)
        spread = plain.std()
        for text in ("int8-static", "int8-dynamic", "int8-weight"):
            changed = (made(trained, text)(items) - plain).square().mean().sqrt()
            assert 0 < changed < 0.1 * spread, text


def test_activations_are_rounded_beside_the_weights(trained):
    items = trained.items[300:]
    with torch.no_grad():
        weights_alone = made(trained, "int8-weight")(items)
        for text in ("int8-static", "int8-dynamic"):
            assert not torch.equal(made(trained, text)(items), weights_alone), text


def test_an_input_of_255_steps_is_exact_in_dynamic_rounding(trained):
    from model_zoo.train.varied import _dynamic

    steps = torch.arange(-100.0, 156.0)[None]
    assert torch.equal(_dynamic(trained.module, (steps,))[0], steps)
    zeros = torch.zeros(2, 7)
    assert torch.equal(_dynamic(trained.module, (zeros,))[0], zeros)


def test_an_item_is_rounded_by_itself_and_not_with_its_neighbours(trained):
    network = made(trained, "int8-dynamic")
    with torch.no_grad():
        together, alone = network(trained.items[:8])[:1], network(trained.items[:1])
    torch.testing.assert_close(together, alone)


def test_a_larger_input_than_calibration_met_is_clipped(trained):
    from model_zoo.train.varied import _static

    rounded = _static(1.27)(trained.module, (torch.tensor([5.0, -5.0, 0.014]),))[0]
    torch.testing.assert_close(rounded, torch.tensor([1.27, -1.27, 0.01]))


@pytest.mark.parametrize("text", ["distilled-0.5", "autocast-bf16"])
def test_what_is_not_made_of_trained_weights_is_refused(trained, text):
    with pytest.raises(ValueError, match="is not made of a trained network's weights"):
        made(trained, text)


def test_a_plain_network_is_no_variant(trained):
    with pytest.raises(ValueError, match="is no variant"):
        varied(trained.module, SPEC, trained.learned())
