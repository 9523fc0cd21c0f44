"""Where the answer of `gate` goes: the terminal, files for CI, and annotations."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import typer

from harness.analyse.gate import Gate
from harness.cli.gate_answer import Answer
from harness.core.errors import StoreError, UsageError
from harness.core.record import Record
from harness.core.trial import Side
from harness.report.annotations import annotation_lines, disarmed
from harness.report.badge import badge
from harness.report.finding import finding_table
from harness.report.format import plain_text
from harness.report.gate_data import as_json
from harness.report.junit import junit
from harness.report.openmetrics import openmetrics
from harness.report.pull_request import COMMENT_BYTES, SUMMARY_BYTES, markdown
from harness.report.table import plain

SUMMARY_VARIABLE: Final = "GITHUB_STEP_SUMMARY"
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What was asked for."""

    junit: Path | None = None
    markdown: Path | None = None
    summary: bool = False
    annotations: bool = False
    badge: Path | None = None
    openmetrics: Path | None = None
    as_json: bool = False

    def require_summary(self, environ: Mapping[str, str] = os.environ) -> None:
        """Refuse a summary that has nowhere to go, before anything is measured.

        Raises:
            UsageError: GitHub Actions named no file.
        """
        if self.summary and not environ.get(SUMMARY_VARIABLE):
            raise UsageError(f"--summary: ${SUMMARY_VARIABLE} is not set; it is for GitHub Actions")


def write_outputs(
    answer: Answer, outputs: Outputs, stream: TextIO, environ: Mapping[str, str] = os.environ
) -> None:
    """Write everything that was asked for; the answer itself to `stream`.

    Raises:
        StoreError: a file cannot be written.
    """
    gate = answer.gate
    stream.write(f"{as_json(gate) if outputs.as_json else disarmed(plain(finding_table(gate)))}\n")
    _tell(gate)
    files: tuple[tuple[Path | None, Callable[[], str]], ...] = (
        (outputs.junit, lambda: junit(gate)),
        (outputs.badge, lambda: badge(gate)),
        (outputs.openmetrics, lambda: openmetrics(gate, _records(answer.candidate))),
        (outputs.markdown, lambda: markdown(gate, COMMENT_BYTES)),
    )
    for path, write in files:
        if path is not None:
            _write(path, write())
    if outputs.summary:
        _append_summary(gate, Path(environ[SUMMARY_VARIABLE]))
    if outputs.annotations:
        for line in annotation_lines(gate):
            typer.echo(line, err=True)  # the runner reads both streams; the other one is for data


def _records(path: Path) -> Sequence[Record]:
    """Work out what the candidate costs."""
    from harness.analyse.records import records
    from harness.store.read import read_run

    candidate = read_run(path)
    is_ab = candidate.header.candidate is not None
    return records(candidate, Side.CANDIDATE if is_ab else Side.BASE)


def _tell(gate: Gate) -> None:
    """Say on standard error what nobody may overlook."""
    for warning in gate.warnings:
        typer.echo(disarmed(f"WARNING: {plain_text(warning, longest=_LONGEST)}"), err=True)
    typer.echo(disarmed(f"gate: {plain_text(gate.sentence, longest=_LONGEST)}"), err=True)


def _append_summary(gate: Gate, path: Path) -> None:
    """Append what fits beside what other commands of the step have written."""
    try:
        taken = path.stat().st_size if path.exists() else 0
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    _write(path, markdown(gate, SUMMARY_BYTES - taken), mode="a")


def _write(path: Path, text: str, mode: str = "w") -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8", errors="replace") as stream:
            stream.write(text)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
