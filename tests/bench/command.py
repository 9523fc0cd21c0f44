"""The command line as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter


def program() -> list[str]:
    """Return the installed command; the module where there is none beside the interpreter."""
    script = Path(sys.executable).with_name("scalecurve")
    return [str(script)] if script.exists() else [sys.executable, "-m", "scalecurve"]


def seconds_of(command: Sequence[str], state: Path | None = None) -> float:
    """Run a command to its end; return its wall time in seconds.

    Raises:
        RuntimeError: it failed; what it said last is in the message.
    """
    environment = {**os.environ, **({"SCALECURVE_STATE": str(state)} if state else {})}
    start = perf_counter()
    process = subprocess.run(command, env=environment, capture_output=True, check=False)
    passed = perf_counter() - start
    if process.returncode:
        said = process.stderr.decode(errors="replace")[-2_000:]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return passed
