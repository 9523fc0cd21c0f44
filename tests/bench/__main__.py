"""`python -m tests.bench [ROW...]`: measure rows, print them, and a table of all at the end."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from model_zoo.export.cache import default_root
from tests.bench.row import Row, Setting
from tests.bench.rows import ROWS, choose, load
from tests.bench.table import markdown

_QUICK = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, whatever the figures are; 1 where a row crashed; 2 for a row that is unknown."""
    given = _parser().parse_args(arguments)
    if given.list:
        width = max(map(len, ROWS))
        print("\n".join(f"{name:<{width}}  {what}" for name, what in ROWS.items()))
        return 0
    try:
        names = choose(given.rows)
    except ValueError as error:
        print(f"tests.bench: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="scalecurve-bench-") as folder:
        setting = Setting(
            cache=given.cache, folder=Path(folder), divisor=_QUICK if given.quick else 1
        )
        results = [_row(name, setting) for name in names]
    report = _report([row for row, _ in results], given)
    print(f"\n{report}")
    if given.out:
        given.out.write_text(report, encoding="utf-8")
    return int(any(crashed for _, crashed in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="names of rows; all by default")
    parser.add_argument("--list", action="store_true", help="name the rows and leave")
    parser.add_argument("--quick", action="store_true", help="a fifth of the repetitions")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the report there too")
    parser.add_argument(
        "--cache", type=Path, default=default_root(), help="folder of exported networks"
    )
    return parser


def _row(name: str, setting: Setting) -> tuple[Row, bool]:
    """Measure one row; a crash becomes a row that says so, and the others go on."""
    print(f"{name}: {ROWS[name]} ...", flush=True)
    start = perf_counter()
    crashed = False
    try:
        row = load(name)(setting)
    except Exception as error:  # noqa: BLE001 - one row's crash must not take the others down
        traceback.print_exc(file=sys.stdout)
        last = f"{type(error).__name__}: {error}"
        row, crashed = Row(name, "crashed", "-", met=False, detail=last), True
    spent = perf_counter() - start
    print(f"{row.figure}; bound {row.bound}; {'met' if row.met else 'not met'}; {spent:.0f} s")
    print(row.detail, end="\n\n", flush=True)
    return row, crashed


def _report(rows: Sequence[Row], given: argparse.Namespace) -> str:
    from tests.bench.machine import head

    quick = "Quick variant: too few repetitions to judge by.\n\n" if given.quick else ""
    command = ["python -m tests.bench", *sys.argv[1:]]
    return f"# Bench\n\n{head(command)}\n{quick}{markdown(rows)}"


if __name__ == "__main__":
    sys.exit(main())
