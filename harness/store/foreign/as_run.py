"""Files of pytest-benchmark as one run: a case a benchmark, a trial a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate, pairwise

from harness.core.case import Case, Target
from harness.core.errors import UsageError
from harness.core.run import SCHEMA_VERSION, Run, RunEnd, RunHeader
from harness.core.trial import Outcome, Pass, Slices, Status, Timeline, Trial
from harness.store.foreign.pytest_benchmark_read import Benchmark, BenchmarkFile, positive_count
from model_zoo.spec import ModelSpec

FAMILY = "imported"
"""Of every network that another tool measured, and the backend that it is put down to."""


def as_run(files: Sequence[BenchmarkFile], command: Sequence[str]) -> Run:
    """Make one run of at least one file.

    Raises:
        UsageError: the files are of several machines or commits, or none of them has a benchmark
            with its rounds.
    """
    ordered = sorted(files, key=lambda file: (file.made_at, file.digest))
    _require_one_origin(ordered)
    cases: dict[str, Case] = {}
    counts: dict[str, int] = {}
    done: Counter[str] = Counter()
    trials: list[Trial] = []
    for file in ordered:
        for benchmark in file.benchmarks:
            case = _case(benchmark)
            cases[case.id] = case
            count = positive_count(benchmark.extra.get("parameter_count"))
            if count is not None:
                counts[case.id] = count
            found = _trials(benchmark, case, file, done[case.id])
            done[case.id] += len(found)
            trials += found
    if not cases:
        raise UsageError(
            "no benchmark in these files has its rounds; save them with --benchmark-json or "
            "--benchmark-save-data: a median alone has no spread, and proves nothing"
        )
    rounds = max(done.values())
    header = _header(ordered, tuple(cases.values()), counts, command, rounds)
    end = RunEnd(finished_at=ordered[-1].made_at)
    return Run(path="", header=header, trials=tuple(trials), end=end)


def _require_one_origin(files: Sequence[BenchmarkFile]) -> None:
    first = files[0]
    for other in files[1:]:
        if dict(first.environment.hard_keys) != dict(other.environment.hard_keys):
            what = "machines"
        elif first.environment.source.get("commit") != other.environment.source.get("commit"):
            what = "commits"
        else:
            continue
        raise UsageError(
            f"{first.path} and {other.path} are of different {what}: they make no one run; "
            "import them one by one"
        )


def _case(benchmark: Benchmark) -> Case:
    """Name a benchmark as a case; facts that the file does not have stay at their defaults."""
    model = ModelSpec.of(FAMILY, preset=benchmark.fullname)
    backend = benchmark.extra.get("backend")
    batch_size = positive_count(benchmark.extra.get("batch_size")) or 1
    threads = positive_count(benchmark.extra.get("threads")) or 1
    name = backend if isinstance(backend, str) and backend else FAMILY
    return Case(model=model, target=Target(backend=name, threads=threads), batch_size=batch_size)


def _trials(benchmark: Benchmark, case: Case, file: BenchmarkFile, done: int) -> list[Trial]:
    return [
        Trial(
            case_id=case.id,
            round=done + number,
            kind=Pass.TIMING,
            started_at=file.made_at,
            outcome=Outcome(status=Status.COMPLETED),
            timeline=_timeline(rounds),
            effective={"sample": f"mean of {benchmark.iterations} calls, by pytest-benchmark"},
        )
        for number, rounds in enumerate(_by_trial(benchmark), start=1)
    ]


def _by_trial(benchmark: Benchmark) -> list[tuple[int, ...]]:
    """Cut the rounds where our own export noted that a fresh process began; else all are one."""
    rounds, noted = benchmark.rounds_ns, benchmark.extra.get("trials")
    if not isinstance(noted, list):
        return [rounds]
    lengths = [positive_count(length) for length in noted]
    known = [length for length in lengths if length is not None]
    if len(known) < len(lengths) or sum(known) != len(rounds):
        return [rounds]
    return [rounds[start:stop] for start, stop in pairwise(accumulate(known, initial=0))]


def _timeline(rounds_ns: tuple[int, ...]) -> Timeline:
    """Put all rounds into one slice; nobody probed the machine, so nothing is known to be quiet."""
    return Timeline(
        samples_ns=rounds_ns,
        slices=Slices(
            start_ns=(0,),
            duration_ns=(sum(rounds_ns),),
            iterations=(len(rounds_ns),),
            skipped=(0,),
            hunting=(0,),
        ),
    )


def _header(
    files: Sequence[BenchmarkFile],
    cases: tuple[Case, ...],
    counts: dict[str, int],
    command: Sequence[str],
    rounds: int,
) -> RunHeader:
    return RunHeader(
        schema_version=SCHEMA_VERSION,
        run_id=_run_id(files),
        started_at=files[0].made_at,
        command=tuple(command),
        plan={},
        rounds=rounds,
        seed=0,
        environment=files[0].environment,
        cases=cases,
        parameter_counts=counts,
    )


def _run_id(files: Sequence[BenchmarkFile]) -> str:
    """Derive the id from the contents, so that the same files are not imported twice unnoticed."""
    return sha256("".join(file.digest for file in files).encode()).hexdigest()[:12]
