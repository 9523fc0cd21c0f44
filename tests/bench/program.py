"""A command that measures rows and prints them: the same for benches and for studies."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import cast

from model_zoo.export.cache import default_root
from tests.bench.row import Measure, Row, Setting
from tests.bench.table import markdown

_QUICK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One package of rows."""

    package: str
    """Run by `python -m`; the module of a row's name in it has the function `measure`."""
    title: str
    rows: Mapping[str, str]
    """By name, what the row measures, in the order in which they run."""

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Return 0, whatever the figures are; 1 where a row crashed; 2 for an unknown one."""
        given = self._parser().parse_args(arguments)
        if given.list:
            width = max(map(len, self.rows))
            print("\n".join(f"{name:<{width}}  {what}" for name, what in self.rows.items()))
            return 0
        try:
            names = self.choose(given.rows)
        except ValueError as error:
            print(f"{self.package}: {error}", file=sys.stderr)
            return 2
        with _folder(given.folder) as folder:
            setting = Setting(
                cache=given.cache, folder=folder, divisor=_QUICK if given.quick else 1
            )
            results = [self._row(name, setting) for name in names]
        report = self._report([row for row, _ in results], given)
        print(f"\n{report}")
        if given.out:
            given.out.write_text(report, encoding="utf-8")
        return int(any(crashed for _, crashed in results))

    def choose(self, names: Sequence[str]) -> list[str]:
        """Return the rows that were asked for, in their order; all where none was.

        Raises:
            ValueError: no row of that name.
        """
        for name in names:
            if name not in self.rows:
                near = get_close_matches(name, self.rows, n=3, cutoff=0.4) or list(self.rows)
                raise ValueError(f"no row {name!r}; did you mean {', '.join(near)}?")
        return [name for name in self.rows if not names or name in names]

    def load(self, name: str) -> Measure:
        """Import what measures a row."""
        return cast("Measure", import_module(f"{self.package}.{name}").measure)

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(prog=f"python -m {self.package}", description=__doc__)
        parser.add_argument("rows", nargs="*", metavar="ROW", help="names of rows; all by default")
        parser.add_argument("--list", action="store_true", help="name the rows and leave")
        parser.add_argument("--quick", action="store_true", help="a fifth of the repetitions")
        parser.add_argument(
            "--out", type=Path, metavar="FILE.md", help="write the report there too"
        )
        parser.add_argument(
            "--cache", type=Path, default=default_root(), help="folder of exported networks"
        )
        parser.add_argument(
            "--folder", type=Path, help="keep what rows write, and take from it what is there"
        )
        return parser

    def _row(self, name: str, setting: Setting) -> tuple[Row, bool]:
        """Measure one row; a crash becomes a row that says so, and the others go on."""
        print(f"{name}: {self.rows[name]} ...", flush=True)
        start = perf_counter()
        crashed = False
        try:
            row = self.load(name)(setting)
        except Exception as error:  # noqa: BLE001 - one row's crash must not take the others down
            traceback.print_exc(file=sys.stdout)
            last = f"{type(error).__name__}: {error}"
            row, crashed = Row(name, "crashed", "-", met=False, detail=last), True
        spent = perf_counter() - start
        print(f"{row.figure}; bound {row.bound}; {'met' if row.met else 'not met'}; {spent:.0f} s")
        print(row.detail, end="\n\n", flush=True)
        return row, crashed

    def _report(self, rows: Sequence[Row], given: argparse.Namespace) -> str:
        from tests.bench.machine import head

        quick = "Quick variant: too few repetitions to judge by.\n\n" if given.quick else ""
        command = [f"python -m {self.package}", *sys.argv[1:]]
        return f"# {self.title}\n\n{head(command)}\n{quick}{markdown(rows)}"


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder that was asked for, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="scalecurve-rows-") as folder:
        yield Path(folder)
