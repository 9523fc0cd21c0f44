"""One load of a server case: at a given rate, or at the highest that holds the bound."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

import numpy as np

from harness.core.load import Load, Step, Waits
from harness.core.task import Task
from harness.measure.arrivals import new_counter, poisson_arrivals
from harness.measure.leader import Crew
from harness.measure.rate import Budget, RateSearch, judge
from harness.measure.server import Answered, Offer
from harness.statistics.array import Numbers

_NS: Final = 1_000_000_000
_HEAD_START_NS: Final = 5_000_000
"""From the leader's word until the load starts: every process has drawn its arrivals by then."""
_DRAW_NS: Final = 100
"""A query's share of that, which drawing takes."""
_FEWEST: Final = 100
"""Queries of one rate, however slow the network: with fewer there is no 99th percentile at all."""
_BOUND: Final = 10
"""Median durations of an iteration that the 99th percentile may take where no bound was given."""
_LEAST_BOUND_NS: Final = 1_000_000
"""And at least this much: less than a millisecond is what waking a process and sharing a machine
take, whatever the network."""
_FIRST: Final = 0.5
"""Share of what the processes can serve, at which the search starts."""
_FULL: Final = 1.0
"""Of the processes' time, from which a queue grows for ever."""


def take_load(task: Task, crew: Crew, service_ns: Sequence[int]) -> Load:
    """Offer what the case asks for; return the queries that count.

    Args:
        task: Of a `server` case.
        crew: Its processes, ready.
        service_ns: Median duration of an iteration in each of them.

    Raises:
        WorkerDied: a process has ended.
    """
    with tempfile.TemporaryDirectory(prefix="scalecurve-load-") as folder:
        generator = Generator(
            task=task,
            crew=crew,
            service_ns=max(1, round(median(service_ns))),
            counter=Path(folder) / "taken" if len(crew.processes) > 1 else None,
        )
        rate = task.case.rate
        return generator.at(rate) if rate else generator.highest()


@dataclass(slots=True)
class Generator:
    """Offers rates to the processes of one case."""

    task: Task
    crew: Crew
    service_ns: int
    counter: Path | None
    """File from which several processes take numbers of queries; None for one process."""
    offered: int = 0
    """Rates so far."""
    columns: dict[str, Numbers] = field(default_factory=dict)
    """Of the last offer."""
    answered: list[Answered] = field(default_factory=list)

    @property
    def bound_ns(self) -> int:
        """Return what the 99th percentile of latency may take."""
        given = round(self.task.case.bound * _NS)
        return given or max(_BOUND * self.service_ns, _LEAST_BOUND_NS)

    @property
    def capacity(self) -> float:
        """Queries a second that the processes can serve at most, as far as is known yet."""
        return len(self.crew.processes) * _NS / self.service_ns

    def at(self, rate: float) -> Load:
        """Offer a rate that was given, for as long as the task says.

        More than the processes can serve ends after as many queries as they could have served.
        """
        seconds = self.task.sampling.load_seconds
        step = self.offer(rate, seconds * min(1.0, self.capacity / rate), gives_up=False)
        return self._load(step, ())

    def highest(self) -> Load:
        """Look for the highest rate that holds the bound."""
        search = RateSearch(offer=self.offer, budget=Budget.of(self.task.sampling.load_seconds))
        found = search.run(_FIRST * self.capacity)
        return self._load(found or search.steps[-1], tuple(search.steps))

    def offer(self, rate: float, seconds: float, *, gives_up: bool = True) -> Step:
        """Offer one rate, and say how its queries fared."""
        most = self.task.sampling.max_samples
        queries = min(max(_FEWEST, round(rate * seconds)), most)
        seed = _seed(self.task, self.offered)
        self.offered += 1
        if self.counter is not None:
            new_counter(self.counter)
        offer = Offer(
            rate=rate,
            seed=seed,
            queries=queries,
            bound_ns=self.bound_ns,
            start_ns=perf_counter_ns() + _HEAD_START_NS + _DRAW_NS * queries,
            counter=str(self.counter or ""),
            gives_up=gives_up,
        )
        self.answered = self.crew.offer(offer)
        self.columns = _columns(self.answered, poisson_arrivals(rate, queries, seed))
        return judge(
            (rate, seed),
            self.columns["waited"] + self.columns["served"],
            offer.bound_ns,
            kept_up=self._kept_up(queries),
        )

    def _kept_up(self, queries: int) -> bool:
        """Whether all queries were answered, by processes that had time to spare."""
        due, served = self.columns["due"], self.columns["served"]
        time_ns = float(due[-1]) * len(self.crew.processes)
        return due.size == queries and float(served.sum()) < _FULL * time_ns

    def _load(self, step: Step, steps: tuple[Step, ...]) -> Load:
        columns = {name: tuple(values.tolist()) for name, values in self.columns.items()}
        return Load(
            rate=step.rate,
            seed=step.seed,
            bound_ns=self.bound_ns,
            service_ns=self.service_ns,
            due_ns=columns["due"],
            waited_ns=columns["waited"],
            served_ns=columns["served"],
            process=columns["process"],
            waits=Waits(
                margin_ns=max(one.margin_ns for one in self.answered),
                asleep_ns=sum(one.asleep_ns for one in self.answered),
                spun_ns=sum(one.spun_ns for one in self.answered),
            ),
            steps=steps,
        )


def _columns(answered: Sequence[Answered], arrivals_ns: Numbers) -> dict[str, Numbers]:
    """Put what all processes did into the order of arrivals: (queries,) each."""
    number = np.concatenate([np.array(one.number, dtype=np.int64) for one in answered])
    order = np.argsort(number, kind="stable")
    waited = np.concatenate([np.array(one.waited_ns, dtype=np.int64) for one in answered])
    served = np.concatenate([np.array(one.served_ns, dtype=np.int64) for one in answered])
    process = np.repeat(np.arange(len(answered)), [len(one.number) for one in answered])
    return {
        "due": arrivals_ns[number[order]],
        "waited": waited[order],
        "served": served[order],
        "process": process[order],
    }


def _seed(task: Task, step: int) -> int:
    """Draw other arrivals for every round and every rate, the same ones whenever it is repeated."""
    return int(task.case.id[:8], 16) + 1_000 * task.round + step
