import pytest
import torch
from torch import Tensor, nn

from model_zoo.build import build, build_on_meta
from model_zoo.families import FAMILIES
from model_zoo.families.blocks import Dense, NormedConvolution
from model_zoo.inputs import example_inputs
from model_zoo.solve import smallest, solve
from model_zoo.spec import ModelSpec
from model_zoo.variants.apply import vary
from model_zoo.variants.fold import fold_norms
from model_zoo.variants.low_rank import factor
from model_zoo.variants.name import parse_variant
from model_zoo.variants.prune import prune
from model_zoo.variants.shape import real_sizes
from tests.unit.model_zoo.test_export import form


def outputs_of(module, spec, index=0):
    tensors = [torch.from_numpy(array) for array in example_inputs(spec, 2, index)]
    tensors = [item.double() if item.is_floating_point() else item for item in tensors]
    with torch.inference_mode():
        outputs = module.double()(*tensors)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def small(family):
    spec = solve(family, 10**5)
    return form(family, image_size=64) if spec.sizes.get("image_size", 0) > 64 else spec


@pytest.mark.parametrize("family", FAMILIES)
def test_removing_units_that_do_nothing_changes_nothing(family):
    """Units whose weights are zero are the smallest, and what takes them gets zeros anyway."""
    spec = small(family).varied("structured-0.5")
    module = build(spec.parent).module
    silence(module, family)
    before = outputs_of(module, spec)
    after = outputs_of(vary(module.float(), spec), spec)
    for ours, theirs in zip(after, before, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-9 * float(theirs.abs().max()))


def silence(module, family):
    """Set every second removable unit's weights to zero, bias too."""
    for name, part in module.named_modules():
        for tensor, sections, width in places(name, part, family):
            units = tensor.shape[0] // (sections * width)
            view = tensor.data.reshape(sections, units, width, -1)
            view[:, 1::2] = 0


def places(name, part, family):
    if family in {"encoder", "decoder", "vit"}:
        if name.endswith("attention"):
            width = part.heads.split[-1]
            yield from ((t, 3, width) for t in (part.projections.weight, part.projections.bias))
        if name.endswith("feed_forward"):
            yield from ((t, 1, 1) for t in (part.widen.weight, part.widen.bias))
    elif family == "lstm" and isinstance(part, nn.LSTM):
        yield from ((t, 4, 1) for t in part.parameters())
    elif isinstance(part, NormedConvolution) and not keeps_width(name, family):
        yield from ((t, 1, 1) for t in (part.convolution.weight, part.norm.weight, part.norm.bias))
        yield part.norm.running_mean, 1, 1
    elif family in {"mlp", "cnn", "lstm"} and isinstance(part, Dense | nn.Conv2d):
        last = part.weight.shape[0] == 10
        yield from () if last else ((t, 1, 1) for t in (part.weight, part.bias))


def keeps_width(name, family):
    """Whether a convolution gives what a residual is added to."""
    if family == "mobilenet":
        return name == "0" or name.endswith(("branch.4", ".4"))
    return not name.endswith(("branch.0", "branch.2"))


@pytest.mark.parametrize("family", FAMILIES)
def test_structured_pruning_shrinks_the_tensors_themselves(family):
    spec = small(family).varied("structured-0.5")
    plain, smaller = build(spec.parent).module, build(spec).module
    sizes = {name: weight.numel() for name, weight in plain.named_parameters()}
    fallen = [n for n, weight in smaller.named_parameters() if weight.numel() < sizes[n]]
    assert fallen
    assert all(torch.isfinite(item).all() for item in outputs_of(smaller, spec))


def test_the_largest_units_stay():
    spec = solve("mlp", 10**4).varied("structured-0.5")
    plain, smaller = build(spec.parent).module, build(spec).module
    weight, bias = (plain.get_parameter(name) for name in ("0.weight", "0.bias"))
    kept = smaller.get_parameter("0.weight")
    norms = (weight.square().sum(1) + bias.square()).sort(descending=True)
    stay = norms.indices[: len(kept)].sort().values
    assert torch.equal(kept, weight[stay])
    assert torch.equal(smaller.get_parameter("0.bias"), bias[stay])


def test_two_factors_of_the_full_rank_are_the_layer():
    layer = Dense(40, 6)
    nn.init.normal_(layer.weight)
    kept = layer.weight.detach().clone()
    holder = nn.Sequential(layer)
    factor(holder, parse_variant("svd-energy-0.999999"))
    assert not isinstance(holder[0], nn.Sequential), "two factors would be no smaller"
    holder = nn.Sequential(low_rank(kept))
    (weight,) = weights(holder)
    whole = weight.detach().clone()
    factor(holder, parse_variant("svd-energy-0.999999"))
    first, second = weights(holder[0])
    assert torch.allclose(second @ first, whole, atol=1e-5)
    assert first.shape[0] == 2


def weights(sequence: nn.Module) -> list[Tensor]:
    """Return the weight of every layer of a sequence."""
    assert isinstance(sequence, nn.Sequential)
    return [layer.get_parameter("weight") for layer in sequence]


def low_rank(weight):
    layer = Dense(40, 60)
    layer.weight.data = torch.randn(60, 2, generator=torch.Generator().manual_seed(1)) @ weight[:2]
    return layer


def test_a_truncated_product_is_off_by_the_values_cut_away():
    """Eckart and Young: the error's norm is that of the singular values that are left out."""
    layer = Dense(30, 50)
    nn.init.normal_(layer.weight, generator=torch.Generator().manual_seed(3))
    whole = layer.weight.detach().double()
    values = torch.linalg.svdvals(whole)
    holder = nn.Sequential(layer)
    factor(holder, parse_variant("svd-0.2"))
    first, second = weights(holder[0])
    error = torch.linalg.norm(second.double() @ first.double() - whole)
    assert float(error) == pytest.approx(float(values[6:].square().sum().sqrt()), rel=1e-4)


def test_of_every_four_weights_in_a_row_two_are_left():
    module = nn.Sequential(Dense(8, 3), Dense(6, 3))
    prune(module, parse_variant("prune-2:4"))
    eights, sixes = weights(module)
    assert ((eights.reshape(-1, 4) != 0).sum(dim=1) == 2).all()
    assert (sixes != 0).all(), "rows of six stay whole"


def test_pruning_sets_the_smallest_weights_to_zero():
    layer = Dense(10, 10)
    before = layer.weight.detach().clone()
    prune(nn.Sequential(layer), parse_variant("prune-0.3"))
    gone = layer.weight == 0
    assert int(gone.sum()) == 30
    assert before[gone].abs().max() <= before[~gone].abs().min()
    assert torch.equal(layer.weight[~gone], before[~gone])


def test_folding_a_norm_changes_no_output():
    spec = small("resnet")
    module = build(spec).module
    before = outputs_of(module, spec)[0].clone()
    module.float()
    fold_norms(module)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in module.modules())
    assert torch.allclose(outputs_of(module, spec)[0], before, rtol=1e-3, atol=1e-5)


def test_a_student_answers_more_like_its_teacher_than_it_did_untrained():
    spec = solve("mlp", 10**4).varied("distilled-0.5")
    teacher = outputs_of(build(spec.parent).module, spec)[0]
    student = build(spec)
    assert student.parameter_count < 0.6 * 10**4
    learned = outputs_of(student.module, spec)[0]
    plain = ModelSpec.of("mlp", real_sizes(spec))
    untaught = outputs_of(build(plain).module, spec)[0]
    assert torch.linalg.norm(learned - teacher) < 0.8 * torch.linalg.norm(untaught - teacher)


def test_the_same_spec_gives_the_same_student():
    spec = solve("mlp", 10**4).varied("distilled-0.25")
    first, second = build(spec).module, build(spec).module
    assert all(
        torch.equal(one, other)
        for one, other in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_a_plain_network_is_returned_as_it_is():
    module = nn.Linear(1, 1)
    assert vary(module, solve("mlp", 10**4)) is module


def test_a_student_is_never_smaller_than_its_family_can_be():
    spec = solve("mlp", 10**4).varied("distilled-0.01")
    assert build_on_meta(spec).parameter_count == smallest("mlp")


def test_an_encoder_has_no_student():
    with pytest.raises(ValueError, match="another width"):
        build(solve("encoder", 20_000).varied("distilled-0.5"))
