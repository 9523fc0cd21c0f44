"""The command line in this process: what it prints, and the code with which it would end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli.main import app, exit_code

SAMPLE = Path(__file__).parents[2] / "data" / "run-v1.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing that a command sets outlive its test."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run `scalecurve` with these words."""

    def run(*words: object) -> Done:
        capfd.readouterr()
        code = exit_code(lambda: app([str(word) for word in words], prog_name="scalecurve"))
        printed = capfd.readouterr()
        return Done(code=code, out=printed.out, err=printed.err)

    return run


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    """A finished run of four cases: one skipped, one failed."""
    return Path(shutil.copy(SAMPLE, tmp_path / "run.jsonl"))
