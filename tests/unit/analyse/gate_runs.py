"""Made-up runs with planted slowdowns, as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from harness.core.case import Case
from harness.core.run import Run, RunEnd, RunHeader
from harness.core.trial import Side, Trial
from harness.store.fake import FakeMachine, fake_case, fake_header
from harness.store.write import RunWriter

CASES = tuple(
    fake_case(size, backend)
    for size in (10**4, 10**5, 10**6)
    for backend in ("eager", "torchscript")
)
CONTROL = replace(CASES[0], replica=1)
SPREAD = 0.004
"""Standard deviation of the logarithm between trials."""


def header_of(run_id: str = "aaaa1111", day: int = 2, **changes: object) -> RunHeader:
    """Make a header of all cases and the control, begun on a day of January 2026."""
    given = {"run_id": run_id, "started_at": f"2026-01-{day:02}T03:04:05+00:00", **changes}
    return replace(fake_header((*CASES, CONTROL), rounds=5), **given)  # type: ignore[arg-type]


def gate_run(
    header: RunHeader | None = None,
    factors: Mapping[Case, float] | None = None,
    side: Side = Side.BASE,
) -> Run:
    """Measure every case of a header; a factor is what its latency is multiplied by."""
    header = header or header_of()
    trials = tuple(
        replace(_trial(header, case, number, factors or {}, side), side=side)
        for number in range(1, header.rounds + 1)
        for case in header.cases
    )
    end = RunEnd(finished_at=header.started_at)
    return Run(path=f"{header.run_id}.jsonl", header=header, trials=trials, end=end)


def written(folder: Path, run: Run, *, ended: bool = True) -> Path:
    """Write a run file."""
    with RunWriter.create(folder, run.header) as writer:
        for trial in run.trials:
            writer.append_trial(trial)
        if ended and run.end is not None:
            writer.finish(run.end)
        return writer.path


def ab_run(factors: Mapping[Case, float] | None = None, **changes: object) -> Run:
    """Measure both sides of an A/B run."""
    header = header_of(**changes)  # type: ignore[arg-type]  # the caller names the fields
    header = replace(header, candidate=header.environment)
    base = gate_run(header)
    candidate = gate_run(header, factors, Side.CANDIDATE)
    return replace(base, trials=(*base.trials, *candidate.trials))


def _trial(
    header: RunHeader, case: Case, number: int, factors: Mapping[Case, float], side: Side
) -> Trial:
    rng = Random(f"{header.run_id} {case.id} {number} {side}")
    latency_ns = 1e6 * factors.get(case, 1.0) * rng.lognormvariate(0, SPREAD)
    return FakeMachine(latency_ns=round(latency_ns), slow_share=0.1).trial(case, number)
