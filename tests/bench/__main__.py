"""`python -m tests.bench [ROW...]`: measure rows, print them, and a table of all at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.bench.rows import PROGRAM


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, whatever the figures are; 1 where a row crashed; 2 for a row that is unknown."""
    return PROGRAM.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
