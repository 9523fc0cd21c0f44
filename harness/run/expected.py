"""How long a run should take, told before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.core.case import Case, Scenario
from harness.measure.crew import needs_crew
from harness.run.fit import cost_of
from harness.run.metered import Metered
from harness.run.plan import Plan
from model_zoo.own import is_own

_TYPICAL: Final = 1.25
_FIXED_S: Final = 0.1
_SERVERS_S: Final = 2.5
_MEMORY_S: Final = 1.0
_FEWEST_PASSES: Final = 7
_FLOPS_PER_S: Final = 40e9
"""What a trial's sampling takes of its least time, a trial besides, a round's servers, one memory
process, and the passes and speed of a slow network, as seen on a 2-core machine; for the estimate
before a run only."""
_IDLE_WINDOWS: Final = 4
_WORK_WINDOWS: Final = 4
_ITERATIONS: Final = 32
_PATIENCE: Final = 4
_WINDOW_S: Final = 0.2
_GPU_WINDOW_S: Final = 10.0
"""Of an energy pass: three idlings and the first look, warming up and three windows of work, what
a slow network gets, and lengths for counters that move once a millisecond, or ten times a second.
"""


def expected_seconds(cases: Sequence[Case], plan: Plan, metered: Metered | None = None) -> float:
    """Estimate the wall time of a run whose artifacts are made, in seconds.

    Args:
        cases: That can be measured here.
        plan: As asked for.
        metered: Of which cases energy can be read here; None where of none.
    """
    single = [c for c in cases if c.scenario is Scenario.SINGLE_STREAM and not c.replica]
    each = [_pass_s(case) for case in cases]
    trials = sum(
        max(_sampling_s(case, plan), _FEWEST_PASSES * pass_s) + _FIXED_S
        for case, pass_s in zip(cases, each, strict=True)
    )
    energies = [
        _energy_s(case, pass_s, plan)
        for case, pass_s in zip(cases, each, strict=True)
        if plan.energy and metered and metered.covers(case) and not needs_crew(case)
    ]
    servers = _SERVERS_S * (2 if energies else 1)
    memory = len(single) * _MEMORY_S if plan.memory else 0
    return plan.rounds * (trials + sum(energies) + servers) + memory


def _sampling_s(case: Case, plan: Plan) -> float:
    """Estimate how long one trial samples, or offers queries, in seconds."""
    is_on_call = case.scenario is Scenario.SERVER
    return plan.load_seconds if is_on_call else plan.seconds * _TYPICAL


def _pass_s(case: Case) -> float:
    """Estimate one pass, in seconds; of a user's network nothing is known before it is made."""
    return 0.0 if is_own(case.model) else cost_of(case).flops / _FLOPS_PER_S


def _energy_s(case: Case, pass_s: float, plan: Plan) -> float:
    window = max(plan.seconds, _GPU_WINDOW_S if case.target.is_cuda else _WINDOW_S)
    work = max(window, min(_PATIENCE * window, _ITERATIONS * pass_s))
    return _IDLE_WINDOWS * window + _WORK_WINDOWS * work + _FIXED_S
