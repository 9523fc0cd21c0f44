"""The page about continuous integration: its commands and options exist, its workflows parse."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from harness.analyse.gate import Ending
from harness.cli.commands import COMMANDS
from harness.cli.main import app
from harness.report.pull_request import MARKER

PAGE = (Path(__file__).parents[3] / "docs" / "ci.md").read_text(encoding="utf-8")
JOINED = re.sub(r">\n\s+(?=tool/)", "", PAGE)
JOINED = re.sub(r"\n\s+(?=--)", " ", JOINED)
USES = re.findall(r"(?:^ {4}|run: |bin/)(?:tool/bin/)?(scalecurve .*)", JOINED, re.MULTILINE)


def words_of(use: str) -> list[str]:
    return [word for word in shlex.split(use.partition(" >> ")[0]) if word != "#"]


def options_of(name: str) -> set[str]:
    group: Any = get_command(app)
    known = group.get_command(None, name)
    return {text for parameter in known.params for text in parameter.opts}


def test_there_are_commands_for_both_workflows_and_for_stored_runs():
    assert {words_of(use)[1] for use in USES} == {
        "ab", "gate", "run", "compare", "report", "export", "import",
    }  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_every_command_and_option_of_the_page_exists(use):
    _, name, *rest = words_of(use)
    assert name in COMMANDS
    options = options_of(name)
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= options


def test_every_option_of_the_page_s_table_is_one_of_the_gate():
    options = options_of("gate")
    named = re.findall(r"^\| `(--[a-z]+)", PAGE, re.MULTILINE)
    assert len(named) == 7
    assert set(named) <= options


def test_every_exit_code_of_a_gate_is_on_the_page():
    codes = set(map(int, re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)))
    assert codes == {*map(int, Ending), 2, 5}


def test_the_comment_is_found_by_the_marker_that_is_written():
    assert MARKER in PAGE


def test_both_workflows_are_yaml_with_jobs_and_steps():
    yaml = pytest.importorskip("yaml", reason="no YAML reader is installed")
    found = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert len(found) == 2
    for workflow in found:
        assert workflow["permissions"]["contents"] == "read"
        for job in workflow["jobs"].values():
            assert all({"run", "uses"} & set(step) for step in job["steps"])
