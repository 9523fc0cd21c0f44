"""The Python that measuring processes run in: our own, or one that a user compares."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Final

_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
}
"""Importing a runtime must make no pool of threads; a trial sets its own number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """The Python that measuring processes run in."""

    executable: str = sys.executable
    path: str = ""
    """Folder of this harness's code, put first on its path; empty where it has it already."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a measuring process of it."""
        return {**self.paths(), **_ONE_THREAD}

    def paths(self) -> dict[str, str]:
        """Return our environment variables, with the path on which it finds this harness."""
        if not self.path:
            return dict(os.environ)
        later = os.environ.get("PYTHONPATH", "")
        joined = os.pathsep.join(part for part in (self.path, later) if part)
        return {**os.environ, "PYTHONPATH": joined}


OWN: Final = Interpreter()
"""The one that runs this process."""
