from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from harness.core.case import Target
from harness.core.errors import UsageError
from harness.core.reason import ReasonCode
from harness.core.run import Environment
from harness.core.trial import Side
from harness.run.ab import Sides, examine_sides, require_pinning
from harness.run.ab_sides import SideFacts, examine, link_code
from harness.run.interpreter import OWN, Interpreter
from model_zoo.own.locate import PATHS_VARIABLE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and scripts of POSIX")
MACHINE = Environment(
    host="here",
    system={"os": "Linux", "python": "CPython 0.0"},
    cpu={},
    memory_bytes=1,
    versions={"numpy": "0.1", "scalecurve": "9.9", "nvidia-driver": "600"},
)


@pytest.fixture
def code(tmp_path) -> str:
    return link_code(tmp_path / "code")


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_folder_of_the_code_holds_the_code_and_nothing_else(code):
    assert {path.name for path in Path(code).iterdir()} == {
        "harness",
        "model_zoo",
        "scalecurve.py",
    }


def test_an_interpreter_says_what_it_is_and_has(code):
    facts = examine(Side.CANDIDATE, sys.executable, code)
    assert facts.side is Side.CANDIDATE
    assert facts.interpreter == Interpreter(executable=sys.executable, path=code)
    assert facts.python.endswith(".".join(map(str, sys.version_info[:3])))
    assert facts.has_numpy
    assert "numpy" in facts.versions


def test_an_interpreter_takes_the_code_of_this_installation_before_its_own(code):
    facts = examine(Side.BASE, sys.executable, code)
    told = subprocess.run(
        [sys.executable, "-P", "-c", "import harness; print(harness.__file__)"],
        env=facts.interpreter.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith(code)


def test_a_users_own_path_comes_after_the_code(code, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    found = Interpreter(path=code).environment()["PYTHONPATH"]
    assert found == os.pathsep.join([code, "/theirs"])
    assert OWN.environment()["PYTHONPATH"] == "/theirs"


def test_measuring_processes_start_with_one_thread(code):
    found = Interpreter(path=code).environment()
    assert {found[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")} == {"1"}


@pytest.mark.parametrize("inside", ["bin/python", ".venv/bin/python"])
def test_the_folder_of_an_environment_or_checkout_will_do(tmp_path, code, inside):
    link = tmp_path / "theirs" / inside
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    facts = examine(Side.BASE, str(tmp_path / "theirs"), code)
    assert facts.interpreter.executable == str(link)


def test_a_command_on_the_path_will_do(tmp_path, code, monkeypatch):
    (tmp_path / "their-python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    facts = examine(Side.BASE, "their-python", code)
    assert facts.interpreter.executable == str(tmp_path / "their-python")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo 3 8", "is Python 3.8; expected 3.11 or later"),
        ("echo hello", "is no Python: it printed"),
        ("echo no such option >&2; exit 2", "exit status 2: no such option"),
    ],
)
def test_what_is_no_python_or_too_old_is_said_before_anything_runs(tmp_path, code, text, said):
    with pytest.raises(UsageError, match=said) as caught:
        examine(Side.CANDIDATE, script(tmp_path / "odd", text), code)
    assert "--candidate" in str(caught.value)


def test_a_file_that_cannot_be_run_is_said(tmp_path, code):
    path = tmp_path / "odd"
    path.write_bytes(b"\x7fELF nothing")
    path.chmod(0o755)
    with pytest.raises(UsageError, match="cannot be run"):
        examine(Side.BASE, str(path), code)


def test_a_path_that_does_not_exist_is_said(tmp_path, code):
    with pytest.raises(UsageError, match="no interpreter"):
        examine(Side.BASE, str(tmp_path / "none"), code)


def test_a_folder_without_an_interpreter_is_said(tmp_path, code):
    with pytest.raises(UsageError, match="no Python in"):
        examine(Side.BASE, str(tmp_path), code)


def test_both_sides_are_looked_at(tmp_path):
    with pytest.raises(UsageError, match="--candidate"):
        examine_sides(Sides(candidate=str(tmp_path / "none")), tmp_path)


def facts_of(executable=sys.executable, *, has_numpy=True, code="") -> SideFacts:
    return SideFacts(
        side=Side.CANDIDATE,
        interpreter=Interpreter(executable=executable, path=code),
        python="CPython 3.99.1",
        versions={"numpy": "7.7", "scalecurve": "0.0"},
        has_numpy=has_numpy,
    )


def test_a_side_is_described_by_the_machine_and_its_own_software():
    found = facts_of().describe(MACHINE)
    assert found.host == "here"
    assert found.system["os"] == "Linux"
    assert found.system["python"] == "CPython 3.99.1"
    assert found.system["executable"] == sys.executable
    assert found.versions == {"numpy": "7.7", "scalecurve": "9.9", "nvidia-driver": "600"}


def test_without_numpy_nothing_can_be_served_and_the_side_is_named(tmp_path):
    targets = {Target(backend="fake"), Target(backend="eager")}
    found = facts_of(has_numpy=False).unavailable(targets, tmp_path)
    assert set(found) == targets
    for reason in found.values():
        assert reason.code is ReasonCode.BACKEND_NOT_INSTALLED
        assert reason.detail.startswith("candidate: ")
        assert "pip install numpy" in reason.hint


def test_what_a_side_cannot_serve_names_the_side(tmp_path, code):
    on_gpu = Target(backend="fake", device="cuda:0")
    found = facts_of(code=code).unavailable({on_gpu, Target(backend="fake")}, tmp_path)
    assert list(found) == [on_gpu]
    assert found[on_gpu].code is ReasonCode.NO_CUDA_DEVICE
    assert found[on_gpu].detail.startswith("candidate: ")


def test_an_environment_without_packages_says_that_it_has_no_numpy(tmp_path, code):
    venv.create(tmp_path / "bare", symlinks=True)
    facts = examine(Side.BASE, str(tmp_path / "bare"), code)
    assert not facts.has_numpy
    assert "numpy" not in facts.versions
    assert json.dumps(dict(facts.versions))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it refuses")
def test_linux_can_pin_both_sides():
    cores = os.sched_getaffinity(0)
    require_pinning()
    assert os.sched_getaffinity(0) == cores


def test_a_platform_that_cannot_pin_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="pinned to the same core"):
        require_pinning()


def test_a_network_that_a_side_has_installed_is_not_taken_from_the_current_folder(code):
    assert examine(Side.BASE, sys.executable, code, ["json"]).interpreter.imports == code


def test_a_network_that_a_side_lacks_is_taken_from_the_current_folder(code):
    assert not examine(Side.BASE, sys.executable, code, ["nowhere_to_be_found"]).interpreter.imports


@pytest.mark.parametrize("named", ["", ".venv/bin/python"])
@pytest.mark.parametrize("place", ["nets.py", "src/nets.py", "nets/__init__.py"])
def test_each_checkout_gives_its_own_networks(tmp_path, code, named, place):
    checkout = tmp_path / "theirs"
    for path in (checkout / ".venv/bin/python", checkout / place):
        path.parent.mkdir(parents=True, exist_ok=True)
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    (checkout / place).touch()
    interpreter = examine(Side.BASE, str(checkout / named), code, ["nets"]).interpreter
    where = checkout / "src" if place.startswith("src") else checkout
    assert interpreter.imports == str(where)
    assert interpreter.paths()[PATHS_VARIABLE] == interpreter.imports


def test_a_checkout_without_the_network_is_not_looked_into(tmp_path, code):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    assert examine(Side.BASE, str(tmp_path), code, ["json"]).interpreter.imports == code


def test_import_folders_that_the_user_set_are_left_alone(code, monkeypatch):
    monkeypatch.setenv(PATHS_VARIABLE, "/theirs")
    interpreter = examine(Side.BASE, sys.executable, code, ["json"]).interpreter
    assert interpreter.paths()[PATHS_VARIABLE] == "/theirs"
