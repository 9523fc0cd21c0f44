"""Gates over made-up runs: nothing is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from harness.analyse.compare.settings import Settings
from harness.analyse.records import records
from harness.analyse.reduced import reduced
from harness.core.case import Case
from harness.core.run import Run
from harness.pytest_plugin.asked import Asked
from harness.pytest_plugin.baselines import Chosen
from harness.pytest_plugin.bench import Measured
from harness.pytest_plugin.gate import Gate
from harness.store.fake import FakeMachine, fake_case, fake_failure, fake_header
from tests.unit.pytest_plugin.standins import asked

ROUNDS = 6
OUT = Path("out")
CASES = tuple(fake_case(10_000 * step) for step in range(1, 6))
CONTROL = replace(CASES[0], replica=1)


def run(
    path: str,
    slower: Sequence[Case] = (),
    *,
    factor: float = 1.3,
    cases: tuple[Case, ...] = (*CASES, CONTROL),
    broken: Sequence[Case] = (),
) -> Run:
    """Time every case on a quiet machine; some are slower by a factor, some crash."""
    trials = []
    for case in cases:
        latency_ns = round(1_000_000 * (factor if case in slower else 1))
        machine = FakeMachine(latency_ns=latency_ns, slow_share=0.0)
        make = fake_failure if case in broken else machine.trial
        trials += [make(case, number) for number in range(ROUNDS)]
    header = replace(fake_header(cases, ROUNDS), run_id=path)
    return Run(path=path, header=header, trials=tuple(trials))


@dataclass
class FakeBench:
    """Gives runs that were made up."""

    first: Run
    places = SimpleNamespace(out=OUT)
    fresh: Run | None = None
    runs: list[Run] = field(default_factory=list)
    found: dict[str, Measured] = field(default_factory=dict)
    confirmed: list[str] = field(default_factory=list)

    def measure(self, wanted: Iterable[Asked]) -> None:
        del wanted
        self.runs = [self.first]
        for record in records(self.first):
            one = replace(asked(), case=record.case)
            self.found[record.case.id] = Measured(
                asked=one, record=record, samples_s=(), run=self.first
            )

    def confirm(self, wanted: Iterable[Asked]) -> list[Run]:
        assert self.fresh is not None
        self.confirmed += [one.case.slug for one in wanted]
        self.runs.append(self.fresh)
        return [self.fresh]

    def of(self, wanted: Asked) -> Measured:
        return self.found[wanted.case.id]


@dataclass
class FakeBaselines:
    """Knows one run, which is the baseline of everything."""

    base: Run
    has_ours: bool = False

    def holds(self, folder: Path) -> bool:
        assert folder == OUT
        return self.has_ours

    def choose(self, cases: Iterable[Case]) -> Chosen:
        assert list(cases)
        return Chosen(runs=(reduced(self.base, Settings()),), warnings=())


def gate(bench: FakeBench, base: Run | None = None, **settings: object) -> Gate:
    settings = {"baselines": FakeBaselines(base or run("base")), **settings}
    return Gate(bench=bench, **settings)  # type: ignore[arg-type]  # stand-ins
