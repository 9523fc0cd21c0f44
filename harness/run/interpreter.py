"""The Python that measuring processes run in: our own, or one that a user compares."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Final

from model_zoo.own.locate import PATHS_VARIABLE

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
    imports: str = ""
    """Folders that networks of the user's own are imported from, as `PATH` is written; empty for
    those of this process."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a measuring process of it."""
        return {**self.paths(), **_ONE_THREAD}

    def paths(self) -> dict[str, str]:
        """Return our environment variables, with the path on which it finds this harness."""
        found = dict(os.environ)
        if self.path:
            later = os.environ.get("PYTHONPATH", "")
            found["PYTHONPATH"] = os.pathsep.join(part for part in (self.path, later) if part)
        if self.imports:
            found[PATHS_VARIABLE] = self.imports
        return found


OWN: Final = Interpreter()
"""The one that runs this process."""
