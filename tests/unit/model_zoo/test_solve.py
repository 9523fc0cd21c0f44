import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_zoo.build import build_on_meta
from model_zoo.families import FAMILIES, load_family
from model_zoo.solve import LARGEST, parameter_count, smallest, solve

families = st.sampled_from(tuple(FAMILIES))


@st.composite
def targets(draw):
    """A family and a target, as likely small as large."""
    family = draw(families)
    least = smallest(family)
    share = draw(st.floats(0, 1))
    return family, min(LARGEST, max(least, round(least * (LARGEST / least) ** share)))


@given(targets())
@settings(max_examples=1000, deadline=None)
def test_every_target_is_met_within_one_percent(wanted):
    family, target = wanted
    assert abs(parameter_count(solve(family, target)) - target) <= 0.01 * target


@given(families, st.integers(0, 3000))
@settings(max_examples=300, deadline=None)
def test_targets_just_above_the_smallest_are_met(family, above):
    target = smallest(family) + above
    assert abs(parameter_count(solve(family, target)) - target) <= 0.01 * target


@pytest.mark.parametrize("family", FAMILIES)
def test_the_largest_network_has_its_count_on_meta(family):
    spec = solve(family, LARGEST)
    assert build_on_meta(spec).parameter_count == parameter_count(spec)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", [10**4, 10**6, 10**8])
def test_a_solved_network_has_its_count_on_meta(family, target):
    spec = solve(family, target)
    assert build_on_meta(spec).parameter_count == parameter_count(spec)


@pytest.mark.parametrize("family", FAMILIES)
def test_ten_thousand_can_be_reached(family):
    assert smallest(family) <= 10**4


@pytest.mark.parametrize("family", FAMILIES)
def test_what_decides_the_numbers_is_the_same_at_every_size(family):
    loaded = load_family(family)
    specs = [solve(family, 10**power) for power in (4, 7, 11)]
    assert len({loaded.inputs(spec.sizes) for spec in specs}) == 1
    assert len({spec.sizes.get("vocabulary") for spec in specs}) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_depth_and_width_grow_together(family):
    counts = [solve(family, 10**power).sizes for power in (5, 8, 11)]
    widths = [
        sizes.get("width") or sizes.get("hidden_size") or sizes["channels"] for sizes in counts
    ]
    keys = ("depth", "num_layers", "stage_layers", "blocks_3")
    depths = [next(sizes[key] for key in keys if key in sizes) for sizes in counts]
    assert widths == sorted(set(widths))
    assert depths == sorted(set(depths))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unreachable_target_names_the_limits(family):
    for target in (smallest(family) - 1, LARGEST + 1):
        with pytest.raises(ValueError, match=f"{smallest(family):,} to 100,000,000,000"):
            solve(family, target)


@pytest.mark.parametrize(
    ("target", "said"),
    [(10**12, "1,000,000,000,000 "), (10**99, r"1.00e\+99 "), (12345**9, "6.66e")],
)
def test_a_target_that_nobody_counts_is_said_as_a_power_of_ten(target, said):
    with pytest.raises(ValueError, match=f"can't have {said}.{{0,40}};"):
        solve("mlp", target)


def test_the_same_target_gives_the_same_spec():
    assert solve("vit", 123_456).digest == solve("vit", 123_456).digest


def test_planning_imports_no_torch():
    code = (
        "import sys, model_zoo.solve as s, model_zoo.presets as p, model_zoo.cost as c\n"
        "import model_zoo.inputs as i, model_zoo.export.cache as a, pathlib\n"
        "spec = s.solve('encoder', 10**5)\n"
        "c.cost(spec), i.example_inputs(spec, 1), p.preset('gpt2').digest\n"
        "for form in a.FORMATS: a.ArtifactCache(pathlib.Path('nowhere')).get(spec, form)\n"
        "a.ArtifactCache(pathlib.Path('nowhere')).reference(spec, 1)\n"
        "sys.exit(sum(name in sys.modules for name in ('torch', 'onnx', 'onnxruntime')))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
