"""A command's flags are the fields of one frozen class."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

from harness.cli.options import Keys, PlanFlags, filled
from harness.core.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Options:
    name: Annotated[str, typer.Argument()]
    count: Annotated[int, typer.Option(help="How many.")] = 3


def run(function, words):
    app = typer.Typer(add_completion=False)
    app.command()(function)
    app(words, standalone_mode=False)


def test_a_flag_a_field_with_its_default_and_what_must_be_given():
    got = []
    command = filled(Options)(got.append)
    run(command, ["one"])
    run(command, ["two", "--count", "7"])
    assert got == [Options(name="one", count=3), Options(name="two", count=7)]
    with pytest.raises(Exception, match=r"(?i)name"):
        run(command, [])


def test_the_help_of_a_command_is_that_of_its_function():
    @filled(Options)
    def greet(options: Options) -> None:
        """Greet somebody."""

    assert greet.__doc__ == "Greet somebody."


def test_keys_that_were_given_go_over_the_plan():
    plan = PlanFlags(plan="quick", module="mine:make", threads="1,2", memory=False).wanted()
    assert plan.module == ("mine:make",)
    assert plan.threads == (1, 2)
    assert plan.memory is False
    assert plan.family  # of the plan


def test_a_network_of_one_s_own_is_enough_for_a_plan():
    plan = Keys(module="mine:make, mine:other").over(None)
    assert plan.module == ("mine:make", "mine:other")


@pytest.mark.parametrize(
    ("keys", "said"),
    [(Keys(), "nothing to measure"), (Keys(family="mlp", threads="one"), "threads: 'one'")],
)
def test_what_makes_no_plan_is_a_usage_error(keys, said):
    with pytest.raises(UsageError, match=said):
        keys.over(None)


def test_folders_are_those_named_and_those_of_the_platform(tmp_path, monkeypatch):
    monkeypatch.setenv("SCALECURVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))
    places = Keys(out=tmp_path).places()
    assert (places.out, places.cache) == (tmp_path, tmp_path / "cache")
    assert places.state == tmp_path / "state"
    assert Keys(cache=Path("here")).places().cache == Path("here")


def test_empty_items_of_a_list_do_not_count():
    plan = Keys(family="mlp,,cnn", params="1e4,", threads="1,").over(None)
    assert (plan.family, plan.params, plan.threads) == (("mlp", "cnn"), ("1e4",), (1,))
