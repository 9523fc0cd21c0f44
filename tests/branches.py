"""Fails where less than a given percentage of branches was taken: `branches.py FILE PERCENT`."""

import json
import sys
from pathlib import Path

totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
percent = 100 * totals["covered_branches"] / totals["num_branches"]
sys.stdout.write(f"branches: {percent:.1f} % of {totals['num_branches']}\n")
sys.exit(percent < float(sys.argv[2]))
