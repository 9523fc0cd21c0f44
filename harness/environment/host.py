"""Where facts about a machine come from: its files, its kernel, and the odd command."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_COMMAND_LIMIT_S = 5.0
"""A command that takes longer (a hung network disk) is taken for one that is not there."""


def ask_command(command: Sequence[str]) -> str | None:
    """Return what a command prints; None where it is missing, fails, or takes too long."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of this package, no shell
            [program, *command[1:]],
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=_COMMAND_LIMIT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip()


def own_affinity() -> frozenset[int] | None:
    """Return the cores that this process may use; None where the platform does not say."""
    ask = getattr(os, "sched_getaffinity", None)
    return None if ask is None else frozenset(ask(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine to be described; the defaults are the one we are on."""

    root: Path = Path("/")
    """Of its file system: a folder of copied files stands for another machine."""
    name: str = field(default_factory=platform.node)
    system: str = field(default_factory=platform.system)
    """`Linux`, `Darwin` or `Windows`."""
    kernel: str = field(default_factory=platform.release)
    architecture: str = field(default_factory=platform.machine)
    affinity: frozenset[int] | None = field(default_factory=own_affinity)
    ask: Callable[[Sequence[str]], str | None] = ask_command

    def text(self, path: str) -> str | None:
        """Return a file's text, stripped; None where it is missing, refused or empty."""
        try:
            return (self.root / path).read_text(errors="replace").strip() or None
        except OSError:
            return None

    def texts(self, pattern: str) -> tuple[str, ...]:
        """Return the texts of all files of a pattern, sorted, each once."""
        paths = (path.relative_to(self.root) for path in self.root.glob(pattern))
        return tuple(sorted({text for path in paths if (text := self.text(str(path)))}))


def parse_cores(text: str) -> tuple[int, ...]:
    """Read a kernel's list of cores, such as `0-2,5`.

    >>> parse_cores("0-2,5")
    (0, 1, 2, 5)
    """
    ranges = (part.partition("-") for part in text.split(",") if part)
    return tuple(
        core for first, _, last in ranges for core in range(int(first), int(last or first) + 1)
    )


def format_cores(cores: frozenset[int]) -> str:
    """Write a kernel's list of cores.

    >>> format_cores(frozenset({0, 1, 2, 5}))
    '0-2,5'
    """
    ordered = sorted(cores)
    starts = [core for core in ordered if core - 1 not in cores]
    ends = [core for core in ordered if core + 1 not in cores]
    return ",".join(
        str(start) if start == end else f"{start}-{end}"
        for start, end in zip(starts, ends, strict=True)
    )
