"""The way in: finds out whether another folder took a package's name, before anything else.

It stands outside `harness` and `model_zoo` because a package that is shadowed cannot say so.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("harness", "model_zoo")
_EXIT_USAGE: Final = 2


def shadowed(root: Path | None = None) -> str:
    """Say which of the packages Python would take from elsewhere; empty for none."""
    own = (root or Path(__file__).resolve().parent).resolve()
    for name in PACKAGES:
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec else []
        found = Path(places[0]).resolve() if places else None
        if found != own / name:
            return (
                f"the folder {found} shadows scalecurve's package {name!r}, expected at "
                f"{own / name}; start from another folder, or take it off PYTHONPATH"
            )
    return ""


def main() -> None:
    """Run the command line."""
    problem = shadowed()
    if problem:
        sys.stderr.write(f"scalecurve: {problem}\n")
        sys.exit(_EXIT_USAGE)
    from harness.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
