"""An A/B run, from its cases to its file: rounds of pairs, each pair from fresh servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from time import perf_counter_ns
from typing import Final

from harness.core.case import Case
from harness.core.task import Sampling, Task
from harness.core.trial import Pass, Side, Trial
from harness.measure.cores import allowed_cores
from harness.run.ab_pair import Contest, Pools, starter, take_pair
from harness.run.fit import cost_of
from harness.run.interpreter import Interpreter
from harness.run.material import Material
from harness.run.plan import Plan
from harness.run.pool import Pool
from harness.run.schedule import cores_of_trial, order
from harness.run.session import Session
from model_zoo.own import is_own

PRECISION: Final = 0.002
"""Half-width of a pair's log ratio that is good enough: what is left between equal processes is 0.2
to 0.5 %, so that more pairs help and longer ones do not. Source: own measurement."""
_LEAST_SHARE: Final = 0.25
"""Of a pair's time that passes before it may stop."""
_TYPICAL_SHARE: Final = 0.8
_FIXED_S: Final = 0.3
_SERVERS_S: Final = 5.0
_FEWEST_PASSES: Final = 25
_FLOPS_PER_S: Final = 40e9
"""What a pair takes of its limit, a pair besides, a round's servers, and the passes and speed of a
slow network, as seen on a 2-core machine; for the estimate before a run only."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What one side measures: its own copy of a user's network, or a difference to be found."""

    case: Case
    material: Material


@dataclass(slots=True)
class PairSession(Session):
    """What an A/B run needs to know while it goes on."""

    interpreters: Mapping[Side, Interpreter] = field(kw_only=True)
    instead: Mapping[str, Instead] = field(kw_only=True, default_factory=dict)
    """By case id, what the candidate measures where it is not the same as the baseline does."""

    def round(self, number: int) -> None:
        """Take one pair of every case, in this round's order, from fresh servers of both sides."""
        cases = order(self.live_cases(), number, self.header.seed)
        controls = [case for case in cases if case.replica]
        with ExitStack() as stack:
            with self.timed("servers"):
                pools = self._pools(stack, cases, controls)
            for turn, case in enumerate(cases):
                if case.id not in self.failed:
                    chosen = pools["control" if case.replica else "sides"]
                    self.pair(chosen, case, number, turn)

    def pair(self, pools: Pools, case: Case, number: int, turn: int) -> None:
        """Have one pair taken, and keep what it left."""
        self.tell(f"pair {number}/{self.header.rounds}  {case.slug}")
        cores, _ = cores_of_trial(allowed_cores(), case.target.threads, number + turn)
        contest = Contest(
            tasks={side: self.side_task(side, case, number, cores) for side in Side},
            first=starter(case.id, number, self.header.seed),
            patience_s=self.plan.timeout,
            folder=self.folder / "pair",
        )
        start = perf_counter_ns()
        with self.timed("pairs"):
            trials = take_pair(pools, contest)
        elapsed = perf_counter_ns() - start
        for trial in trials:
            self.keep(_with_phase(trial, elapsed), 0)

    def side_task(self, side: Side, case: Case, number: int, cores: tuple[int, ...]) -> Task:
        """Put together what the process of one side must know."""
        same = Instead(case, self.material[case.id])
        own = self.instead.get(case.id, same) if side is Side.CANDIDATE else same
        seconds = self.plan.seconds
        sampling = Sampling(
            min_seconds=_LEAST_SHARE * seconds, max_seconds=seconds, precision=PRECISION
        )
        task = self.task(own.case, number, Pass.TIMING, own.material)
        return replace(task, cores=cores, sampling=sampling)

    def expected(self) -> Iterator[tuple[str, int, Pass]]:
        """Yield what every case that can still give numbers is to leave: two trials a pair."""
        for case in self.live_cases():
            for number in range(1, self.header.rounds + 1):
                for _ in Side:
                    yield case.id, number, Pass.TIMING

    def _pools(
        self, stack: ExitStack, cases: Sequence[Case], controls: Sequence[Case]
    ) -> Mapping[str, Pools]:
        """Start the servers of both sides, and for the control two of the base, side by side."""
        base, candidate = (self.interpreters[side] for side in (Side.BASE, Side.CANDIDATE))
        first, second, again = (
            stack.enter_context(closing(Pool(self.folder / name, interpreter)))
            for name, interpreter in (("base", base), ("candidate", candidate), ("again", base))
        )
        plain = [case for case in cases if not case.replica]
        needed = [
            (first, dict.fromkeys(case.target.backend for case in cases)),
            (second, dict.fromkeys(case.target.backend for case in plain)),
            (again, dict.fromkeys(case.target.backend for case in controls)),
        ]
        for pool, backends in needed:
            pool.launch(backends)
        for pool, backends in needed:
            pool.start(backends)
        return {
            "sides": {Side.BASE: first, Side.CANDIDATE: second},
            "control": {Side.BASE: first, Side.CANDIDATE: again},
        }


def _with_phase(trial: Trial, elapsed_ns: int) -> Trial:
    return replace(trial, phases_ns={**trial.phases_ns, "pair": elapsed_ns})


def expected_seconds(cases: Sequence[Case], plan: Plan) -> float:
    """Estimate the wall time of an A/B run whose artifacts are made, in seconds."""
    slow = (
        0.0 if is_own(case.model) else 2 * _FEWEST_PASSES * cost_of(case).flops / _FLOPS_PER_S
        for case in cases
    )
    pairs = sum(max(plan.seconds * _TYPICAL_SHARE, seconds) + _FIXED_S for seconds in slow)
    return plan.rounds * (pairs + _SERVERS_S)
