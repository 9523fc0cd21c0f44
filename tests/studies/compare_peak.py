"""One comparison in a process of its own, which says at its end how much memory it held."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.cli.compare import compare
from tests.bench.peak import peak_bytes

if __name__ == "__main__":
    compare(Path(sys.argv[1]), Path(sys.argv[2]), as_json=True)
    sys.stderr.write(str(peak_bytes()))
