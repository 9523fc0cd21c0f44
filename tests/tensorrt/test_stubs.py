"""The stubs of TensorRT 10.13 serve as our protocols, says mypy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPAIRS = (
    (r", in: ", ", in_: "),
    (r"channel_axis: int\)", "channel_axis: int = ...)"),
    (r"(-> |: )bool\b", r"\1builtins.bool"),
)
"""The stubs name an argument by a word of Python's, put one without a default last, and have a
variable of the name `bool`.
"""
OURS = ("tests/tensorrt/stubs.py", "harness/")
WRONG = """
import tensorrt
from harness.backends import tensorrt_api as api

def swapped(real: tensorrt.Builder) -> api.Runtime:
    return real
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Return mypy's lines on our classes, and on one that is wrong on purpose."""
    folder = tmp_path_factory.mktemp("stubs")
    for one in files("tensorrt-stubs") or ():
        if one.suffix == ".pyi":
            text = Path(str(one.locate())).read_text(encoding="utf-8")
            for found, repaired in REPAIRS:
                text = re.sub(found, repaired, text)
            text = text.replace("import annotations\n", "import annotations\nimport builtins\n", 1)
            (folder / one.parent).mkdir(exist_ok=True)
            (folder / one).write_text(text, encoding="utf-8")
    (folder / "swapped.py").write_text(WRONG, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--no-error-summary", "--explicit-package-bases"),
            *("--cache-dir", str(folder / "cache"), "--config-file", str(HERE / "mypy.ini")),
            *(str(HERE / "stubs.py"), str(folder / "swapped.py")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent.parent,
        env={**os.environ, "MYPYPATH": str(folder)},
    )
    return (done.stdout + done.stderr).splitlines()


def test_every_class_of_the_stubs_serves_as_our_protocol(said):
    ours = [line for line in said if line.startswith(OURS)]
    assert not ours, "\n".join(ours)


def test_a_class_that_does_not_serve_is_found(said):
    (line,) = [line for line in said if "swapped.py" in line and ": error:" in line]
    assert re.search(r'got "Builder", expected "Runtime"', line)
