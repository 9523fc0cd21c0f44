"""Versions, commits and commands: what is there is named, what is not is left out."""

from __future__ import annotations

import sys
from importlib.metadata import PathDistribution

import pytest

from harness.environment.describe import describe
from harness.environment.host import ask_command, format_cores, parse_cores
from harness.environment.source import describe_source
from harness.environment.versions import describe_versions
from tests.unit.environment.machines import NoDriver, grow, host_at


def test_versions_are_of_what_can_move_a_number_and_the_first_found_counts(tmp_path):
    packages = [
        ("torch", "2.13.0"),
        ("torch", "1.0"),
        ("TensorRT_cu13", "11.0"),
        ("nvidia.cudnn_cu12", "9.1"),
        ("requests", "2.0"),
    ]
    installed = []
    for number, (name, version) in enumerate(packages):
        folder = tmp_path / f"{number}.dist-info"
        grow(folder, {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"})
        installed.append(PathDistribution(folder))
    broken = tmp_path / "broken.dist-info"
    broken.mkdir()
    assert describe_versions([PathDistribution(broken), *installed]) == {
        "nvidia-cudnn-cu12": "9.1",
        "tensorrt-cu13": "11.0",
        "torch": "2.13.0",
    }
    assert "numpy" in describe_versions()


def test_a_commit_is_named_with_whether_the_tree_is_dirty(tmp_path):
    answers = {"rev-parse": "f00d", "status": " M harness/x.py"}
    asked: list[str] = []

    def ask(command):
        asked.extend(command)
        return answers[command[4]]

    host = host_at(tmp_path, ask=ask)
    assert describe_source(host, tmp_path) == {"commit": "f00d", "dirty": "yes"}
    assert "--no-optional-locks" in asked
    answers["status"] = ""
    assert describe_source(host, tmp_path) == {"commit": "f00d", "dirty": "no"}


def test_a_commit_without_a_status_says_nothing_of_dirt(tmp_path):
    host = host_at(tmp_path, ask=lambda command: "f00d" if "rev-parse" in command else None)
    assert describe_source(host, tmp_path) == {"commit": "f00d"}


def test_outside_a_checkout_there_is_no_source(tmp_path):
    assert describe(folder=tmp_path, nvml=NoDriver()).source == {}


def test_a_command_that_is_missing_or_fails_answers_nothing():
    assert ask_command(["no-such-program-anywhere"]) is None
    assert ask_command([sys.executable, "-c", "raise SystemExit(3)"]) is None
    assert ask_command([sys.executable, "-c", "print(' hello ')"]) == "hello"


@pytest.mark.parametrize("cores", [frozenset({0}), frozenset({0, 1, 2, 5}), frozenset({3, 8, 9})])
def test_lists_of_cores_survive_a_round_trip(cores):
    assert frozenset(parse_cores(format_cores(cores))) == cores
