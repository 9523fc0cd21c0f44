"""Every command that the documentation shows is run, in the order shown, one folder a page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted((ROOT / "docs").glob("*.md"))
_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LONG: Final = ("scalecurve run quick", "scalecurve run standard")
"""Minutes to an hour; here only what they would do is looked at."""
_ELSEWHERE: Final = ("python -m pip install", "tox ", "export PIP_")
"""Install something: whoever runs these tests has run them."""


def commands(page: Path) -> list[str]:
    """Return the lines of all `sh` blocks, comments and line continuations taken care of."""
    text = "".join(block for block in _BLOCK.findall(page.read_text(encoding="utf-8")))
    lines = text.replace("\\\n", " ").splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.strip()]


def runnable(line: str) -> str:
    """Return the command as it is run here: ours by this interpreter, long ones dry."""
    if line.startswith(_LONG) and "--dry-run" not in line:
        line += " --dry-run"
    python = shlex.quote(sys.executable)
    return re.sub(r"^scalecurve\b", f"{python} -m scalecurve", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_works(page, tmp_path, environment):
    shown = [line for line in commands(page) if not line.startswith(_ELSEWHERE)]
    for line in shown:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", runnable(line)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_pages_show_commands_at_all():
    assert sum(len(commands(page)) for page in PAGES) > 0


def test_long_commands_are_looked_at_dry():
    assert runnable("scalecurve run quick").endswith("run quick --dry-run")
