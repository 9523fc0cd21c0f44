"""Moves the counters of a tree as a trace says, until its standard input is closed.

Started as `python -m tests.powercap.player SCORE`, a file that `Score` is written in.
"""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.powercap.trace import Trace

PUBLISHED = struct.Struct("<qq")
"""When a value was there to be read, and of which moment it was; in ns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What is to be played."""

    counters: dict[str, Trace]
    """By the path of its `energy_uj`."""
    range_uj: int
    """At which every counter begins again."""
    period_ns: int
    log: str
    """File that gets `PUBLISHED` for each step."""

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Score:
        found = json.loads(path.read_text(encoding="utf-8"))
        traces = {
            name: Trace(start_ns=one["start_ns"], levels=tuple(map(tuple, one["levels"])))
            for name, one in found.pop("counters").items()
        }
        return cls(counters=traces, **found)


def play(score: Score) -> None:
    """Write each counter at every step; a step that comes late shows the value of its moment.

    Says so on standard output once every counter has been written.
    """
    begun = False
    with Path(score.log).open("ab", buffering=0) as log:
        while True:
            now = time.perf_counter_ns()
            moment = now // score.period_ns * score.period_ns
            for name, trace in score.counters.items():
                new = Path(f"{name}.new")
                new.write_text(f"{trace.energy_uj(moment) % score.range_uj}\n", encoding="ascii")
                os.replace(new, name)  # noqa: PTH105 - the name is a text here
            log.write(PUBLISHED.pack(time.perf_counter_ns(), moment))
            if not begun:
                sys.stdout.write("playing\n")
                sys.stdout.flush()
                begun = True
            left_s = (moment + score.period_ns - time.perf_counter_ns()) * 1e-9
            if select.select([sys.stdin], [], [], max(0.0, left_s))[0]:
                return


def staleness(log: Path, at_ns: int) -> int:
    """Return how old the value was that was there to be read at a moment, in ns."""
    entries = PUBLISHED.iter_unpack(log.read_bytes())
    return at_ns - max(moment for published, moment in entries if published <= at_ns)


@contextmanager
def playing(score: Score, folder: Path) -> Iterator[None]:
    """Have a process play it; the counters move before this returns."""
    path = folder / "score.json"
    score.write(path)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.powercap.player", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    play(Score.read(Path(sys.argv[1])))
