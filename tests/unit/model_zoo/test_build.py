import pytest
import torch
from hypothesis import given, settings

from model_zoo.build import build, build_on_meta
from model_zoo.families import FAMILIES
from model_zoo.fill import fill, fillings, seed_of
from model_zoo.inputs import example_inputs
from model_zoo.presets import preset
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

from .networks import specs


@pytest.fixture
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(spec, *, dtype="float32", batch_size=2, index=0):
    inputs = [torch.from_numpy(array) for array in example_inputs(spec, batch_size, index)]
    kind = getattr(torch, dtype)
    with torch.inference_mode():
        outputs = build(spec, dtype).module(
            *(item.to(kind) if item.is_floating_point() else item for item in inputs)
        )
    return outputs if isinstance(outputs, tuple) else (outputs,)


def weights(spec, dtype="float32"):
    return {name: tensor for name, tensor, _ in fillings(build(spec, dtype).module)}


@pytest.mark.usefixtures("_threads")
def test_threads_do_not_change_weights():
    spec = ModelSpec.of(
        "mlp", input_size=2100, hidden_size=1500, last_size=7, num_layers=2, classes=3
    )
    torch.set_num_threads(1)
    one = weights(spec)
    torch.set_num_threads(4)
    four = weights(spec)
    assert all(torch.equal(one[name], four[name]) for name in one)


def test_order_does_not_change_weights():
    spec = solve("encoder", 10**5)
    expected = weights(spec)
    built = list(fillings(build(spec).module))
    for name, tensor, filling in reversed(built):
        fill(tensor.fill_(-1), filling, seed_of(spec, name))
        assert torch.equal(tensor, expected[name])


def test_a_seed_changes_weights_and_a_name_does_not():
    spec = solve("mlp", 10**4)
    named = ModelSpec(family="mlp", dimensions=spec.dimensions, preset="p", seed=0)
    seeded = ModelSpec(family="mlp", dimensions=spec.dimensions, seed=1)
    assert all(torch.equal(weights(named)[name], own) for name, own in weights(spec).items())
    assert not any(torch.equal(weights(seeded)[name], own) for name, own in weights(spec).items())


def test_every_precision_has_the_same_weights():
    spec = preset_like()
    single = weights(spec)
    for dtype in ("float16", "bfloat16", "float64"):
        kind = getattr(torch, dtype)
        for name, tensor in weights(spec, dtype).items():
            assert tensor.dtype == kind
            expected = single[name].to(kind)
            assert torch.allclose(tensor, expected, atol=1e-6 if "angles" in name else 1e-3)


def preset_like():
    sizes = {**preset("pythia-14m").sizes, "depth": 1, "vocabulary": 64, "width": 16, "heads": 2}
    return ModelSpec.of("decoder", {**sizes, "rotary": 2, "feed_forward": 20})


@given(specs())
@settings(max_examples=25, deadline=None)
def test_every_tensor_is_filled_and_frozen(spec):
    module = build(spec).module
    assert not module.training
    for _, tensor, _ in fillings(module):
        assert torch.isfinite(tensor).all()
        assert not tensor.requires_grad
    assert not any(tensor.is_meta for tensor in module.state_dict().values())


def shrunk(family, target, **changes):
    """Solve, then make images smaller, so that the tests are short."""
    sizes = solve(family, target).sizes
    smaller = {"image_size": 64} if sizes.get("image_size", 0) > 64 else {}
    return ModelSpec.of(family, {**sizes, **smaller, **changes})


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", [10**4, 10**5, 10**6])
def test_half_precision_stays_finite_and_close(family, target):
    spec = shrunk(family, target)
    for half, single in zip(run(spec, dtype="float16"), run(spec), strict=True):
        assert torch.isfinite(half).all()
        assert 0.02 < single.std() < 20
        assert (half.float() - single).norm() < 0.02 * single.norm()


DEEP = {
    "mlp": {"hidden_size": 512, "last_size": 512, "num_layers": 60},
    "cnn": {"channels": 16, "stage_layers": 40},
    "resnet": {**{f"blocks_{stage}": 20 for stage in (1, 2, 3, 4)}, "image_size": 32},
    "mobilenet": {"depth": 100, "image_size": 32},
    "vit": {"depth": 60, "image_size": 48},
    "encoder": {"depth": 60, "tokens": 16},
    "decoder": {"depth": 60, "tokens": 16},
    "lstm": {"num_layers": 20, "sequence_length": 32},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_deep_networks_stay_finite_in_half_precision_and_see_their_input(family):
    spec = shrunk(family, 10**5, **DEEP[family])
    for first, second in zip(
        run(spec, dtype="float16", batch_size=1), run(spec, dtype="float16", index=1), strict=True
    ):
        assert torch.isfinite(first).all()
        assert first.float().std() > 0.001
        assert (first[0].float() - second[0].float()).norm() > 0.01 * first.float().norm()


@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_depend_on_the_input(family):
    spec = solve(family, 10**5)
    for first, second in zip(run(spec), run(spec, index=1), strict=True):
        assert (first - second).norm() > 0.05 * first.norm()
        assert (first[0] - first[1]).norm() > 0.05 * first[0].norm()


def test_a_causal_decoder_does_not_look_ahead():
    spec = solve("decoder", 10**5)
    tokens = torch.from_numpy(example_inputs(spec, 1)[0])
    changed = tokens.clone()
    changed[0, 100] = (changed[0, 100] + 1) % 1024
    module = build(spec).module
    with torch.inference_mode():
        before, after = module(tokens), module(changed)
    assert torch.allclose(before[0, :100], after[0, :100], atol=1e-5)
    assert not torch.allclose(before[0, 100:], after[0, 100:], atol=1e-2)


def test_rotary_positions_tell_one_place_from_another():
    spec = preset_like()
    tokens = torch.zeros(1, 128, dtype=torch.int64)
    tokens[0, 0] = 3
    with torch.inference_mode():
        scores = build(spec).module(tokens)
    assert not torch.allclose(scores[0, 5], scores[0, 50], atol=1e-4)


def test_a_tied_output_is_one_tensor():
    module = build_on_meta(solve("decoder", 10**5)).module
    assert [name for name, _ in module.named_parameters() if "words" in name] == ["tables.words"]


def test_an_unknown_dtype_lists_those_there_are():
    with pytest.raises(ValueError, match="unknown dtype 'int8'; there are float32"):
        build(solve("mlp", 10**4), "int8")
