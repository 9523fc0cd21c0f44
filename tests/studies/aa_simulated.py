"""Equal code, made up: how often something is called slower or faster."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from harness.analyse.compare.compare import compare
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Comparison, Verdict
from harness.core.run import Run
from harness.store.fake import FakeMachine, fake_header
from tests.bench.row import Row, Setting
from tests.studies.made_up import cases, count, verdicts
from tests.studies.noise import MODELS, Noise, trial_logs

_CASES: Final = 300
_ROUNDS: Final = 5
_BOUND: Final = 0.01
_SEED: Final = 20261122


def measure(setting: Setting) -> Row:
    """Compare equal sides under four models of noise, many cases at once and one alone."""
    rng = np.random.default_rng(_SEED)
    lines, shares = [], []
    for noise in MODELS:
        many = _repeat(setting.times(200), partial(_many, rng, noise, _CASES))
        alone = _repeat(setting.times(2000), partial(_many, rng, noise, 1))
        shares += [_alarms(many), _alarms(alone)]
        lines += [_line(f"{noise.name}, {_CASES} cases", many)]
        lines += [_line(f"{noise.name}, one case alone", alone)]
    runs = _repeat(setting.times(10), _whole_runs())
    shares.append(_alarms(runs))
    lines.append(_line("whole runs of a made-up machine with slow episodes, 20 cases", runs))
    worst = max(shares)
    return Row(
        name="aa_simulated",
        figure=f"{worst:.3%} of comparisons called slower or faster, at worst",
        bound=f"at most {_BOUND:.0%}",
        met=worst <= _BOUND,
        detail="\n".join(lines),
    )


def _repeat(
    times: int, one: Callable[[], tuple[Comparison, ...]]
) -> tuple[tuple[Comparison, ...], ...]:
    return tuple(one() for _ in range(times))


def _many(rng: np.random.Generator, noise: Noise, number: int) -> tuple[Comparison, ...]:
    shape = (number, _ROUNDS)
    return verdicts(trial_logs(rng, noise, shape), trial_logs(rng, noise, shape))


def _whole_runs() -> Callable[[], tuple[Comparison, ...]]:
    """Return what compares the next two runs; every round of a case is another trial."""
    chosen, machine, taken = cases(20), FakeMachine(), iter(range(0, 10**6, _ROUNDS))

    def one() -> tuple[Comparison, ...]:
        runs = [_run(machine, chosen, next(taken), name) for name in ("base", "candidate")]
        return compare(runs[:1], runs[1:], {}, Settings(watched=())).comparisons

    return one


def _run(machine: FakeMachine, chosen: tuple[Case, ...], first: int, name: str) -> Run:
    trials = (machine.trial(case, first + number) for number in range(_ROUNDS) for case in chosen)
    return Run(path=name, header=fake_header(chosen, _ROUNDS), trials=tuple(trials))


def _alarms(found: tuple[tuple[Comparison, ...], ...]) -> float:
    changed = sum(count(one, verdict) for one in found for verdict in _CHANGED)
    return changed / sum(map(len, found))


def _line(name: str, found: tuple[tuple[Comparison, ...], ...]) -> str:
    total = sum(map(len, found))
    red = sum(count(one, Verdict.SLOWER) > 0 for one in found) / len(found)
    parts = [
        f"{sum(count(one, verdict) for one in found) / total:.2%} {verdict}" for verdict in Verdict
    ]
    return f"{name}: {', '.join(parts)} of {total:,}; {red:.1%} of comparisons had an alarm"


_CHANGED: Final = (Verdict.SLOWER, Verdict.FASTER)
