"""The two sides of an A/B run, in one or two lines."""

from __future__ import annotations

from typing import Final

from harness.core.run import Environment, RunHeader
from harness.report.format import plain_text

_NONE: Final = "none"
_LONGEST: Final = 1000
"""Characters of the line of differences."""


def sides_lines(header: RunHeader) -> tuple[str, ...]:
    """Say what the baseline and the candidate are, and in which versions they differ.

    Args:
        header: Of an A/B run; any other run has no lines.
    """
    candidate = header.candidate
    if candidate is None:
        return ()
    changes = differing(header.environment, candidate)
    told = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in changes.items())
    return (
        f"base: {_side(header.environment)}",
        f"candidate: {_side(candidate)}",
        plain_text(f"differ in: {told or 'no version that can move a number'}", longest=_LONGEST),
    )


def differing(base: Environment, candidate: Environment) -> dict[str, tuple[str, str]]:
    """Return what the software of two sides differs in, each with both values, sorted."""
    ours, theirs = _software(base), _software(candidate)
    pairs = {
        name: (ours.get(name, _NONE), theirs.get(name, _NONE)) for name in sorted({*ours, *theirs})
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _software(side: Environment) -> dict[str, str]:
    found = {**side.versions, "python": side.system.get("python", _NONE)}
    commit = side.source.get("commit", "")
    return {**found, "commit": commit[:12]} if commit else found


def _side(side: Environment) -> str:
    parts = [side.system.get("python", ""), side.system.get("executable", "")]
    return plain_text(", ".join(part for part in parts if part))
