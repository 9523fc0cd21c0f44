import subprocess
import sys
from pathlib import Path

import pytest

import scalecurve

ROOT = Path(scalecurve.__file__).parent


def test_the_installed_packages_are_not_shadowed():
    assert not scalecurve.shadowed()


def test_another_place_is_named(tmp_path):
    assert str(tmp_path / "harness") in scalecurve.shadowed(tmp_path)


@pytest.mark.parametrize("name", scalecurve.PACKAGES)
def test_a_users_own_folder_of_a_packages_name_is_noticed(name, tmp_path):
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", ROOT / "scalecurve.py", "--version"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert str(tmp_path / name) in done.stderr
    assert "shadows" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_harness_notices_another_zoo_without_the_command(tmp_path):
    (tmp_path / "model_zoo").mkdir()
    (tmp_path / "model_zoo" / "__init__.py").write_text("", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import harness"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "shadows scalecurve's package 'model_zoo'" in done.stderr
