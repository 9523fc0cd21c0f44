"""What was held against what, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.analyse.compare.compared import Compared
from harness.analyse.gate import Confirmation
from harness.analyse.reduced import Reduced
from harness.core.run import Environment, Run
from harness.report.format import plain_text
from harness.report.machine import machine_line

_SHOWN = 6
"""Versions that are named; the others are counted."""


def facts_of(
    base: Reduced | Run,
    candidate: Reduced | Run,
    compared: Compared,
    confirmation: Confirmation,
) -> tuple[tuple[str, str], ...]:
    """List both runs, what differs between them, and what the verdicts rest on.

    Args:
        base: The candidate itself where it is an A/B run.
        candidate: What is asked about.
        compared: Their comparison.
        confirmation: What was measured again.
    """
    return tuple(_facts(base, candidate, compared, confirmation))


def _facts(
    base: Reduced | Run,
    candidate: Reduced | Run,
    compared: Compared,
    confirmation: Confirmation,
) -> Iterator[tuple[str, str]]:
    second = candidate.header.candidate
    if second is None:
        yield "baseline", _named(base)
        yield "candidate", _named(candidate)
    else:
        yield "A/B run", _named(candidate)
        yield "baseline", base.header.environment.system.get("executable", "")
        yield "candidate", second.system.get("executable", "")
    versions = _versions(base.header.environment, second or candidate.header.environment)
    yield "versions", versions or "the same"
    yield "control", compared.control.sentence
    if compared.prior:
        yield "spread", compared.prior
    yield from (("note", text) for text in compared.notes)
    if confirmation.path:
        yield "fresh rounds", Path(confirmation.path).name


def _named(run: Reduced | Run) -> str:
    commit = run.header.environment.source.get("commit", "")[:12]
    made = f"{Path(run.path).name}, {machine_line(run.header)}"
    return f"{made}, commit {plain_text(commit)}" if commit else made


def _versions(base: Environment, candidate: Environment) -> str:
    """Name the packages of which the two sides have other versions."""
    names = sorted({*base.versions, *candidate.versions})
    pairs = [(name, base.versions.get(name), candidate.versions.get(name)) for name in names]
    told = [f"{name} {old or 'none'} -> {new or 'none'}" for name, old, new in pairs if old != new]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return f"{', '.join(told[:_SHOWN])}{more}"
