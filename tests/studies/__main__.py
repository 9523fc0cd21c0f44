"""`python -m tests.studies [ROW...]`: run studies, print them, and a table of all at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.studies.rows import PROGRAM


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, whatever the figures are; 1 where a study crashed; 2 for one that is unknown."""
    return PROGRAM.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
