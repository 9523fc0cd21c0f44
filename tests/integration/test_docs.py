"""Every command that README and documentation show is run, in the order shown."""

from __future__ import annotations

import gzip
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
pytestmark = pytest.mark.docs

_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.compile(r"^    (scalecurve .*)$", re.MULTILINE)
"""Lines for reading, with placeholders in capitals."""
_LONG: Final = re.compile(r"scalecurve (run|ab) ")
"""Minutes to an hour, where it stands among lines for reading: what it would do is looked at."""
_ELSEWHERE: Final = ("python -m pip install", "tox ", "export PIP_")
"""Install something: whoever runs these tests has run them."""
_NEEDS_A_CRASH: Final = "--resume"
"""Shown by the tests of kills."""
_JUDGES: Final = "scalecurve gate"
"""Ends with what it found: a regression is no mistake of the page."""
_RUNS: Final = ROOT / "results" / "amd-epyc-2-cores"
_TINY: Final = 'family = ["mlp"]\nparams = [1e4]\nbackend = ["eager"]\nrounds = 2\nseconds = 0.1\n'
_FACTORY: Final = (
    "import torch\n\n\ndef factory():\n    return torch.nn.Linear(8, 4), torch.ones(1, 8)\n"
)


def blocks(page: Path) -> list[str]:
    """Return the lines of all `sh` blocks, comments and line continuations taken care of."""
    text = "".join(_BLOCK.findall(page.read_text(encoding="utf-8"))).replace("\\\n", " ")
    return [bare for line in text.splitlines() if (bare := line.split("  #")[0].strip())]


def lines_for_reading(page: Path) -> list[str]:
    """Return the indented commands without their comments."""
    found = _INDENTED.findall(page.read_text(encoding="utf-8"))
    lines = [line.split("  #")[0].strip() for line in found]
    return [line for line in lines if _NEEDS_A_CRASH not in line]


def as_run(line: str) -> str:
    """Return a line for reading as it is run here: long ones dry, packaged plans as a small one."""
    if _LONG.match(line):
        line += "" if "--dry-run" in line else " --dry-run"
    elif line.startswith("scalecurve calibrate "):
        line = line.replace(" quick", " plan.toml --runs 2")
    python = shlex.quote(sys.executable)
    return re.sub(r"(--base|--candidate) \S+", lambda found: f"{found[1]} {python}", line)


def complaint(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a line; return what it printed where it ended otherwise than it may, else nothing."""
    python = shlex.quote(sys.executable)
    done = subprocess.run(
        [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            re.sub(r"^scalecurve\b", f"{python} -m scalecurve", line),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    fine = {0, 1, 4} if line.startswith(_JUDGES) else {0}
    if done.returncode in fine:
        return ""
    return f"{line}\n{done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_works(page, tmp_path, environment):
    for line in blocks(page):
        if not line.startswith(_ELSEWHERE):
            assert complaint(line, tmp_path, environment) == ""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder in which every placeholder stands for something."""
    folder = tmp_path_factory.mktemp("reader")
    first, last = sorted(_RUNS.glob("*.jsonl.gz"))[:2]
    names = {first: ("OLD", "old", "runs/FILE"), last: ("NEW", "new", "runs/newest")}
    (folder / "runs").mkdir()
    for packed, places in names.items():
        data = gzip.decompress(packed.read_bytes())
        for place in places:
            (folder / f"{place}.jsonl").write_bytes(data)
    (folder / "plan.toml").write_text(_TINY, encoding="utf-8")
    (folder / "package").mkdir()
    (folder / "package" / "module.py").write_text(_FACTORY, encoding="utf-8")
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_line_for_reading_works(page, prepared, environment):
    for line in lines_for_reading(page):
        assert complaint(as_run(line), prepared, environment) == ""


def test_the_pages_show_commands_at_all():
    assert sum(len(blocks(page)) for page in PAGES) > 0
    assert sum(len(lines_for_reading(page)) for page in PAGES) > 0
