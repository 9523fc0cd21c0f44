from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import UsageError
from harness.run.plan import Plan, make_plan, read_plan


def write(folder: Path, text: str) -> str:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["quick", "standard"])
def test_the_packaged_plans_are_read_by_name(name):
    assert read_plan(name).family


def test_lists_and_single_values_mean_the_same(tmp_path):
    one = write(tmp_path, 'family = "mlp"\nparams = 1e5\n')
    plan = read_plan(one)
    assert plan == make_plan({"family": ["mlp"], "params": [1e5]})


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(tmp_path):
    path = write(tmp_path, 'family = ["mlp"]\nparams = [1e5]\nbackends = ["eager"]\n')
    with pytest.raises(UsageError, match=r"plan\.toml:3: unknown key 'backends'.*backend"):
        read_plan(path)


def test_an_unknown_key_of_an_exclusion_is_named_with_its_line(tmp_path):
    path = write(tmp_path, 'family = "mlp"\nparams = 1e5\n[[exclude]]\nfamly = ["mlp"]\n')
    with pytest.raises(UsageError, match=r":4: unknown key 'famly'.*family"):
        read_plan(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rounds = 0", r":3: rounds: 0: expected a whole number from 1 on"),
        ('rounds = "three"', "rounds: 'three' is not a whole number"),
        ("rounds = true", "rounds"),
        ("seconds = -1", "seconds"),
        ("seconds = nan", "seconds"),
        ("timeout = 0", "timeout"),
        ("threads = [2, 0]", r":3: threads: 2, 0: expected whole numbers from 1 on"),
        ("batch_size = []", "batch_size"),
        ("backend = []", "backend"),
        ('control = "yes"', "control"),
        ("exclude = 3", "exclude"),
    ],
)
def test_a_value_that_makes_no_run_is_refused_with_its_key(tmp_path, line, said):
    path = write(tmp_path, f'family = "mlp"\nparams = 1e5\n{line}\n')
    with pytest.raises(UsageError, match=said):
        read_plan(path)


def test_a_plan_without_networks_is_refused():
    with pytest.raises(UsageError, match="family and params, or preset"):
        make_plan({"rounds": 3})


def test_text_that_is_not_toml_is_refused_with_its_place(tmp_path):
    with pytest.raises(UsageError, match=r"plan\.toml: .*at "):
        read_plan(write(tmp_path, "family = \n"))


def test_a_plan_that_is_not_there_names_those_that_are():
    with pytest.raises(UsageError, match="quick"):
        read_plan("quik")


def test_a_folder_is_no_plan_and_the_nearest_one_is_said(tmp_path):
    with pytest.raises(UsageError, match=f"{tmp_path} is a folder; .* did you mean quick or "):
        read_plan(str(tmp_path))
    plan = write(tmp_path, 'family = "mlp"\nparams = 1e5\n')
    with pytest.raises(UsageError, match=f"did you mean {plan}"):
        read_plan(str(tmp_path))


def test_a_plan_that_cannot_be_read_is_named(tmp_path):
    loop = tmp_path / "plan.toml"
    loop.symlink_to(loop)
    with pytest.raises(UsageError, match=r"plan\.toml: cannot be read"):
        read_plan(str(loop))


def test_bytes_that_are_no_text_are_no_plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"plan\.toml: not a TOML file: it is no UTF-8 text"):
        read_plan(str(path))


def test_flags_go_over_the_plan_and_leave_the_rest():
    base = read_plan("quick")
    plan = make_plan({"rounds": 1}, base)
    assert (plan.rounds, plan.family) == (1, base.family)


@given(st.integers(1, 9), st.floats(0.1, 10), st.lists(st.integers(1, 8), min_size=1))
def test_a_plan_that_went_through_json_types_is_the_same(rounds, seconds, threads):
    plan = Plan(
        family=("mlp",), params=("1e5",), rounds=rounds, seconds=seconds, threads=tuple(threads)
    )
    document = {"family": ["mlp"], "params": ["1e5"], "rounds": rounds, "seconds": seconds}
    assert make_plan({**document, "threads": threads}) == plan
