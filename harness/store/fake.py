"""A made-up run: what a sweep on a machine with slow episodes leaves. For tests and try-outs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Final

from harness.core.case import Case, Scenario, Target
from harness.core.energy import Counter, Domain, Energy, Windows, WindowState
from harness.core.reason import Reason, ReasonCode
from harness.core.run import SCHEMA_VERSION, Environment, QuietLevel, Run, RunEnd, RunHeader
from harness.core.trial import (
    Decision,
    HostMemory,
    Outcome,
    Pass,
    Probes,
    Slices,
    Status,
    StopReason,
    Timeline,
    Trial,
    Verification,
)
from model_zoo.spec import ModelSpec

NATIVE_NS: Final = 20_000
"""Quiet level of the native probe."""
_LOOP_NS = 140_000
_SLOW_NATIVE, _SLOW_LOOP, _SLOW_NETWORK = 1.18, 1.5, 1.6
"""Slow over quiet. Source: own measurement of a shared virtual machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeMachine:
    """How a trial goes; the same machine, case and round always give the same trial."""

    latency_ns: int = 1_000_000
    slices: int = 20
    iterations: int = 10
    """In each slice."""
    slow_share: float = 0.3
    """Of the time, in episodes of about five slices."""
    hunting: int = 4
    """Slices at the end that were taken only because the machine was quiet."""

    def trial(self, case: Case, number: int = 0) -> Trial:
        """Time one case in round `number`."""
        rng = Random(f"{case.id} {number}")
        return Trial(
            case_id=case.id,
            round=number,
            kind=Pass.TIMING,
            started_at=f"2026-01-02T03:{number:02}:05+00:00",
            outcome=Outcome(status=Status.COMPLETED),
            prepare_time_ns=rng.randint(2_000_000, 3_000_000),
            first_inference_ns=3 * self.latency_ns,
            artifact_bytes=408_040,
            timeline=self.timeline(rng, case.scenario),
            decision=Decision(
                stopped=StopReason.PRECISE,
                relative_half_width=0.008,
                warm_up_slices=1,
                steady=True,
            ),
            verification=Verification(error=2e-7, tolerance=1e-5),
            effective={"threads": str(case.target.threads)},
            phases_ns={"prepare": 3_000_000},
        )

    def timeline(self, rng: Random, scenario: Scenario = Scenario.SINGLE_STREAM) -> Timeline:
        """Take slices and probes in turn."""
        slow = self._episodes(rng)
        pace = [_SLOW_NETWORK if a or b else 1.0 for a, b in pairwise(slow)]
        samples = [
            round(self.latency_ns * factor * rng.lognormvariate(0, 0.01))
            for factor in pace
            for _ in range(self.iterations)
        ]
        length = self.iterations
        durations = [sum(samples[i * length : (i + 1) * length]) for i in range(self.slices)]
        step = 2 * self.latency_ns * length
        count = self.slices
        return Timeline(
            samples_ns=tuple(samples) if scenario is Scenario.SINGLE_STREAM else (),
            slices=Slices(
                start_ns=tuple(i * step + step // 4 for i in range(count)),
                duration_ns=tuple(durations),
                iterations=(length,) * count,
                skipped=(2,) * count,
                before=tuple(range(count)),
                after=tuple(range(1, count + 1)),
                waited_ns=(0,) * count,
                hunting=tuple(int(i >= count - self.hunting) for i in range(count)),
            ),
            probes=_probes(rng, slow, step),
            host_ns=tuple(samples[:length]),
        )

    def _episodes(self, rng: Random) -> list[bool]:
        states = [rng.random() < self.slow_share]
        for _ in range(self.slices):
            changes = rng.random() < 1 / 5
            states.append(rng.random() < self.slow_share if changes else states[-1])
        return states


def fake_case(params: int = 10_000, backend: str = "eager", **changes: object) -> Case:
    """Make a case; `changes` are fields of `Case`."""
    spec = ModelSpec.of("mlp", hidden_size=max(1, params // 100), num_layers=2)
    case = Case(model=spec, target=Target(backend=backend), nominal=params)
    return replace(case, **changes)  # type: ignore[arg-type]  # the caller names the fields


def fake_memory_trial(case: Case, number: int = 0) -> Trial:
    """Weigh one case in round `number`."""
    jitter = Random(f"memory {case.id} {number}").randint(0, 40_000)
    return Trial(
        case_id=case.id,
        round=number,
        kind=Pass.MEMORY,
        started_at=f"2026-01-02T04:{number:02}:05+00:00",
        outcome=Outcome(status=Status.COMPLETED),
        memory=HostMemory(
            runtime=200_000_000 + jitter,
            load_peak=212_000_000 + jitter,
            loaded=210_000_000 + jitter,
            run_peak=215_000_000 + jitter,
            runtime_anonymous=90_000_000,
            loaded_anonymous=99_000_000,
            lower_bound=9_000_000,
            steady=213_000_000 + jitter,
            steady_anonymous=101_000_000,
            steady_exact=213_000_000 + jitter,
            inputs=400,
        ),
    )


def fake_energy_trial(case: Case, number: int = 0, power_w: float = 40.0) -> Trial:
    """Take an energy pass of one case: a package at a steady power, a quarter of it while idle.

    The counter moves every millisecond and wraps during the work; an iteration takes 1 ms.
    """
    modulus, state = 262_143_328_850, (WindowState.CONTEXT_IDLE, *[WindowState.WORK] * 3)
    at, value = [0], [modulus - 50_000_000]
    for one in (*state, WindowState.CONTEXT_IDLE):
        factor = 1.0 if one is WindowState.WORK else 0.25
        at.append(at[-1] + 1_000_000_000)
        value.append((value[-1] + round(power_w * factor * 1e6)) % modulus)
    package = Counter(
        name="package-0",
        domain=Domain.CPU_PACKAGE,
        method="rapl_powercap",
        unit="uJ",
        modulus=modulus,
        update_period_ns=1_000_000,
        limit_w=400.0,
        at_ns=tuple(at),
        half_width_ns=(10_000,) * len(at),
        values=tuple(value),
    )
    windows = Windows(
        state=(*state, WindowState.CONTEXT_IDLE),
        first=tuple(range(len(at) - 1)),
        last=tuple(range(1, len(at))),
        iterations=(0, 1_000, 1_000, 1_000, 0),
        own_cpu_ns=(0, *[1_000_000_000] * 3, 0),
        all_cpu_ns=(0, *[1_020_000_000] * 3, 0),
    )
    return _energy_trial(case, number, package, windows)


def _energy_trial(case: Case, number: int, package: Counter, windows: Windows) -> Trial:
    absent = Reason(code=ReasonCode.ZONE_ABSENT, detail="no zone dram")
    return Trial(
        case_id=case.id,
        round=number,
        kind=Pass.ENERGY,
        started_at=f"2026-01-02T05:{number:02}:05+00:00",
        outcome=Outcome(status=Status.COMPLETED),
        energy=Energy(
            wanted_error=0.005,
            counters=(package,),
            windows=windows,
            missing={Domain.DRAM: absent},
        ),
    )


def fake_failure(case: Case, number: int = 0) -> Trial:
    """Crash one case in round `number`."""
    reason = Reason(code=ReasonCode.WORKER_CRASHED, detail="signal 11", hint="see the traceback")
    outcome = Outcome(status=Status.FAILED, reason=reason, traceback="Segmentation fault\n")
    return Trial(
        case_id=case.id,
        round=number,
        kind=Pass.TIMING,
        started_at=f"2026-01-02T03:{number:02}:05+00:00",
        outcome=outcome,
    )


def fake_header(cases: tuple[Case, ...], rounds: int = 3) -> RunHeader:
    """Ask for these cases on a made-up machine."""
    return RunHeader(
        schema_version=SCHEMA_VERSION,
        run_id="3f2a91c07d5e4b18",
        started_at="2026-01-02T03:04:05+00:00",
        command=("scalecurve", "run", "quick"),
        plan={"family": ["mlp"], "params": [1e4]},
        rounds=rounds,
        seed=7,
        environment=Environment(
            host="bench-1",
            system={"os": "Linux", "energy_reason_code": "powercap_not_exposed"},
            cpu={"model": "Made Up 3000"},
            memory_bytes=8 << 30,
            hard_keys={"cpu_model": "Made Up 3000"},
        ),
        cases=cases,
        parameter_counts={case.id: case.nominal for case in cases if case.nominal},
        level=QuietLevel(native_ns=NATIVE_NS, probe_version=1, anchored=True),
    )


def fake_run(cases: tuple[Case, ...], rounds: int = 3) -> Run:
    """Measure these cases on a made-up machine, each round a trial, and memory twice."""
    machine = FakeMachine()
    trials = [machine.trial(case, number) for number in range(rounds) for case in cases]
    trials += [fake_memory_trial(case, number) for number in range(2) for case in cases]
    end = RunEnd(finished_at="2026-01-02T03:10:00+00:00")
    return Run(path="fake.jsonl", header=fake_header(cases, rounds), trials=tuple(trials), end=end)


def _probes(rng: Random, slow: list[bool], step: int) -> Probes:
    def read(level: int, contrast: float) -> tuple[int, ...]:
        return tuple(
            round(level * (contrast if state else 1.0) * rng.lognormvariate(0, 0.004))
            for state in slow
        )

    return Probes(
        start_ns=tuple(i * step for i in range(len(slow))),
        core=(0,) * len(slow),
        native_ns=read(NATIVE_NS, _SLOW_NATIVE),
        loop_ns=read(_LOOP_NS, _SLOW_LOOP),
        cache_ns=read(_LOOP_NS, _SLOW_NATIVE),
    )
