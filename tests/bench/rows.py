"""Which rows there are, in the order in which they run; each is imported when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.bench.program import Program
from tests.bench.row import Measure

ROWS: Final = {
    "agreement": "latency reported / the same network in a bare loop",
    "repeatability": "spread of the reported quiet latency over runs, beside a plain loop's",
    "disturbance": "latency with the full harness / with a worker alone",
    "overhead": "added to a timed iteration by the harness",
    "trial": "fixed cost of one more trial",
    "case": "wall time added by one more case in a sweep",
    "sweep": "wall time of the quick sweep, and the share of it spent sampling",
    "commands": "whole command: show, zoo plan, --help",
    "probes": "latency with probes / without, and the share of time that they take",
    "build": "building 10^9 parameters: memory / weights, time / filling a tensor",
    "export": "ONNX export of 3x10^8 parameters: memory / weights, time / a plain export",
    "budget": "ten budgets: does the network named meet it, and the next grade up not",
    "search": "a search's best / the best of a grid of 200 points, and the share of it measured",
    "own_onnx": "light ONNX models of the onnx package: all run, or name an operator",
    "peaks": "measured peaks / the best of a plain torch loop",
    "report": "page of 10,000 records: made, size, opened, filtered; a quick run's page",
    "host_memory": "known allocations with a spike of 10 ms: error, misses, spread of the peak",
    "ort_memory": "ONNX Runtime's steady memory / weights + fixed overhead, without prepacking",
    "variant_bytes": "bytes and FLOPs accounted / the artifact's on disk and a counter's",
    "int8": "int8 static / fp32: latency in ONNX Runtime, encoder of 10^7, batch 8",
    "structured": "half of the units removed / plain: count, artifact, memory, latency",
    "queue": "waits of the load generator in virtual time / those of M/D/1 in closed form",
    "server_real": "the server scenario in real time, beside M/D/1; a network's highest rate",
    "splits": "all splits of two cores into processes and threads, ranked with intervals",
    "parent": "CPU time of the controller while trials run",
    "energy_pass": "throughput between readings of energy counters / of the plain loop",
    "energy_sampling": "processor time that reading energy counters takes",
}
"""By name, what the row measures; the module of that name has the function `measure`."""


PROGRAM: Final = Program(package="tests.bench", title="Bench", rows=ROWS)


def choose(names: Sequence[str]) -> list[str]:
    """Return the rows that were asked for, in their order; all where none was.

    Raises:
        ValueError: no row of that name.
    """
    return PROGRAM.choose(names)


def load(name: str) -> Measure:
    """Import what measures a row."""
    return PROGRAM.load(name)
