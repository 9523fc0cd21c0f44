"""Sessions of pytest in a folder of their own, as a user of the plugin has them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from harness.core.run import Run
from harness.store.read import find_runs, read_run

SETTINGS = "backend='fake', options='fake.work_us=50', rounds=2, seconds=0.02"
"""Of a case that takes no time."""

MARKED = f"""
import pytest

@pytest.mark.inference(family="mlp", params=1e4, {SETTINGS})
def test_small(inference):
    assert inference.value("latency_p50") > 0
"""
PLAN = """
family = ["mlp"]
params = [1e4]
backend = ["fake"]
options = ["fake.work_us=50"]
rounds = 3
seconds = 0.1
memory = false
control = false
"""


@dataclass(frozen=True)
class Ended:
    """How a session ended."""

    code: int
    out: str
    err: str

    @property
    def outcomes(self) -> dict[str, int]:
        """Count passed, failed, skipped as the last line does."""
        last = [line for line in self.out.splitlines() if " in " in line][-1]
        pairs = re.findall(r"(\d+) (passed|failed|skipped|error|warning)s?", last)
        return {name: int(number) for number, name in pairs}


@dataclass(frozen=True)
class Sessions:
    """Runs pytest in one folder, one session after another."""

    folder: Path
    environment: Mapping[str, str]

    def write(self, **files: str) -> Sessions:
        """Write modules, by name without their suffix."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text, encoding="utf-8")
        return self

    def plan(self, text: str = PLAN, name: str = "plan.toml") -> Sessions:
        """Write a plan."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def run(self, *arguments: object, **changes: str) -> Ended:
        """Run pytest; `changes` are variables of its environment."""
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:randomly", *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, "COLUMNS": "160", **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def runs(self, folder: str = ".scalecurve") -> list[Run]:
        """Read what the sessions measured, the oldest first."""
        if not (self.folder / folder).is_dir():
            return []
        found = [read_run(path) for path in find_runs([self.folder / folder])]
        return sorted(found, key=lambda run: run.header.started_at)

    def junit(self, name: str = "junit.xml") -> dict[str, Sequence[str]]:
        """Read a JUnit file: by test, the tags inside it."""
        root = ET.parse(self.folder / name).getroot()  # noqa: S314 - pytest wrote it
        cases = root.iter("testcase")
        return {case.attrib["name"]: [child.tag for child in case] for case in cases}


def report(sessions: Sessions, name: str = "report.json") -> Any:
    """Read a file of JSON that a session left in its folder."""
    return json.loads((sessions.folder / name).read_text(encoding="utf-8"))
