import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.build import build_on_meta
from model_zoo.cost import cost
from model_zoo.families import FAMILIES, load_family
from model_zoo.inputs import example_inputs, output_signature
from model_zoo.presets import preset
from model_zoo.solve import parameter_count, solve
from model_zoo.spec import ModelSpec

from .networks import specs

BATCH_SIZE = 2


def run_on_meta(spec, batch_size=BATCH_SIZE):
    inputs = (torch.from_numpy(array).to("meta") for array in example_inputs(spec, batch_size))
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        outputs = build_on_meta(spec).module(*inputs)
    tensors = outputs if isinstance(outputs, tuple) else (outputs,)
    return tensors, counter.get_total_flops()


@given(specs())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_closed_form_is_the_built_count(spec):
    assert build_on_meta(spec).parameter_count == parameter_count(spec)


@given(specs())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cost_and_shapes_are_those_of_a_real_pass(spec):
    outputs, flops = run_on_meta(spec)
    assert flops == pytest.approx(cost(spec, BATCH_SIZE).flops, rel=0.01)
    shapes = [(BATCH_SIZE, *tensor.shape) for tensor in output_signature(spec)]
    assert [tuple(tensor.shape) for tensor in outputs] == shapes


@pytest.mark.parametrize(
    "name", ["resnet18", "resnet50", "mobilenet_v2", "vit_b_16", "bert-base", "gpt2", "pythia-160m"]
)
def test_a_published_network_costs_what_torch_counts(name):
    spec = preset(name)
    _, flops = run_on_meta(spec, 1)
    assert flops == pytest.approx(cost(spec).flops, rel=0.01)


def test_costs_of_a_small_perceptron_by_hand():
    sizes = {"input_size": 3, "hidden_size": 5, "last_size": 7, "num_layers": 2, "classes": 2}
    spec = ModelSpec.of("mlp", sizes)
    found = cost(spec, batch_size=4, bytes_per_weight=2)
    assert found.parameter_count == (3 + 1) * 5 + (5 + 1) * 7 + (7 + 1) * 2
    assert found.flops == 2 * 4 * (3 * 5 + 5 * 7 + 7 * 2)
    assert found.weight_bytes == 2 * found.parameter_count
    assert found.activation_bytes == 4 * (5 + 7) * 2
    assert (found.input_bytes, found.output_bytes) == (4 * 3 * 2, 4 * 2 * 2)
    assert (found.depth, found.widest) == (3, 7)


def test_tokens_stay_eight_bytes_at_every_precision():
    assert cost(solve("encoder", 10**5), 2, bytes_per_weight=2).input_bytes == 2 * 128 * 8


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="at least one item"):
        cost(solve("mlp", 10**4), 0)


def test_a_plain_network_of_published_shape_can_be_said_exactly():
    perceptron = {"input_size": 100, "hidden_size": 100, "last_size": 100, "num_layers": 10}
    assert parameter_count(ModelSpec.of("mlp", perceptron, classes=10)) == 102_010
    large = {"image_channels": 3, "image_size": 224, "channels": 32, "stages": 3}
    spec = ModelSpec.of("cnn", large, stage_layers=1, dense_size=512, classes=1000)
    assert parameter_count(spec) == build_on_meta(spec).parameter_count == 44_909_096
    small = {"image_channels": 1, "image_size": 28, "channels": 32, "stages": 1}
    spec = ModelSpec.of("cnn", small, stage_layers=1, dense_size=128, classes=10)
    assert parameter_count(spec) == build_on_meta(spec).parameter_count == 693_962


def test_too_many_stages_are_refused():
    sizes = {"image_channels": 1, "image_size": 8, "channels": 2, "stages": 3}
    with pytest.raises(ValueError, match="leave nothing"):
        parameter_count(ModelSpec.of("cnn", sizes, stage_layers=1, dense_size=2, classes=2))


def test_an_unknown_family_lists_the_nearest():
    with pytest.raises(ValueError, match=r"did you mean mobilenet\? there are mlp, cnn"):
        load_family("mobilnet")
    with pytest.raises(ValueError, match="unknown family 'x'; there are"):
        load_family("x")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_missing_size_is_named(family):
    for count in (parameter_count, build_on_meta):
        with pytest.raises(ValueError, match=f"{family} needs the size"):
            count(ModelSpec.of(family, classes=3))
