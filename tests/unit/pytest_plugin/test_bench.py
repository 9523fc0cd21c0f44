import os
import sys
from pathlib import Path

import pytest

from harness.pytest_plugin.bench import importable, on_stderr, silent
from model_zoo.own.locate import PATHS_VARIABLE


@pytest.fixture
def clean(monkeypatch):
    monkeypatch.delenv(PATHS_VARIABLE, raising=False)
    return monkeypatch


def test_processes_can_import_what_the_tests_can_and_the_environment_is_left_as_it_was(
    clean, tmp_path
):
    clean.syspath_prepend(tmp_path)
    with importable(tmp_path / "root"):
        folders = os.environ[PATHS_VARIABLE].split(os.pathsep)
    assert str(tmp_path) in folders
    assert str(tmp_path / "root") in folders
    assert str(Path.cwd()) in folders
    assert PATHS_VARIABLE not in os.environ


def test_installed_packages_and_the_standard_library_are_not_among_them(clean, tmp_path):
    installed = tmp_path / "site-packages"
    installed.mkdir()
    clean.syspath_prepend(installed)
    with importable(tmp_path):
        folders = os.environ[PATHS_VARIABLE].split(os.pathsep)
    assert str(installed) not in folders
    assert str(Path(os.__file__).parent) not in folders


def test_folders_that_the_user_named_are_left_alone(clean, tmp_path):
    clean.setenv(PATHS_VARIABLE, "mine")
    with importable(tmp_path):
        assert os.environ[PATHS_VARIABLE] == "mine"
    assert os.environ[PATHS_VARIABLE] == "mine"


def test_the_environment_is_left_as_it_was_after_an_error_too(clean, tmp_path):
    assert PATHS_VARIABLE not in os.environ
    with pytest.raises(ZeroDivisionError), importable(tmp_path):
        assert 1 / 0
    assert PATHS_VARIABLE not in os.environ
    del clean


def test_a_quiet_session_is_shown_nothing(capsys):
    listener = silent()
    listener.step("round 1/1", 0, None)
    listener.message("something")
    listener.close()
    assert capsys.readouterr().err == ""


def test_progress_is_shown_on_standard_error(capsys):
    listener = on_stderr()
    listener.message("making 2 exported networks")
    listener.close()
    captured = capsys.readouterr()
    assert captured.err == "making 2 exported networks\n"
    assert captured.out == ""
    assert sys.stderr is not None
