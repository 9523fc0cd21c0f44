"""What the documentation says about pytest works as it is written."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "pytest.md"
_FILE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```shell\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_page_s_files_and_commands_work_in_the_order_shown(tmp_path, environment):
    text = PAGE.read_text(encoding="utf-8")
    for name, content in _FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    lines = "".join(_COMMANDS.findall(text)).splitlines()
    assert len(lines) == 6
    for line in lines:
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(line)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    (baseline,) = (tmp_path / "baseline").glob("*.jsonl")
    assert list((tmp_path / ".scalecurve").glob("*.jsonl"))
    assert list((tmp_path / ".benchmarks").rglob("*.json"))
    assert baseline.stat().st_size > 1_000


def test_the_page_is_short():
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) < 120
