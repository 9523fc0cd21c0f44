"""Runs of a made-up machine on an exact law, for pages."""

from dataclasses import replace

from harness.analyse.records import records
from harness.core.case import Case, Scenario, Target
from harness.core.peaks import Bandwidth, Peaks
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Run, RunEnd
from harness.report.machine_runs import Measured, machines
from harness.store.fake import FakeMachine, fake_header, fake_memory_trial
from model_zoo.solve import solve

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)


KEYS = {"cpu_model": "Made Up 3000", "cores_available": "2"}


PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11},
    bandwidth=(Bandwidth(working_set=1 << 20, rate=5e10),),
    launch=1e-6,
    by="torch",
    hard_keys=KEYS,
)


def cases():
    for backend in ("eager", "onnxruntime"):
        target = Target(backend=backend)
        for size in SIZES:
            yield Case(model=solve("mlp", size), target=target, nominal=size)
        for batch in (1, 2, 8):
            yield Case(
                model=solve("mlp", 10_000),
                target=target,
                nominal=10_000,
                scenario=Scenario.OFFLINE,
                batch_size=batch,
            )


def made_run(path="run.jsonl", factor=1.0, keys=KEYS, started="2026-01-02"):
    """A law, exactly: an overhead and what grows with the size."""
    found = tuple(cases())
    trials = []
    for case in found:
        slow = 2 if case.target.backend == "eager" else 1
        latency = round((20_000 + slow * case.nominal) * factor * case.batch_size**0.7)
        machine = FakeMachine(latency_ns=latency, slow_share=0.0, iterations=4)
        trials += [machine.trial(case, number) for number in range(2)]
        trials.append(fake_memory_trial(case))
    skipped = Case(model=solve("mlp", 10_000), target=Target(backend="tensorrt", device="cuda:0"))
    header = fake_header((*found, skipped), rounds=2)
    reason = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="no device", hint="a GPU")
    header = replace(
        header,
        started_at=f"{started}T03:04:05+00:00",
        parameter_counts={case.id: case.nominal or 10_000 for case in header.cases},
        skipped={skipped.id: reason},
        environment=replace(header.environment, hard_keys=keys, source={"dirty": "yes"}),
    )
    end = RunEnd(finished_at="2026-01-02T03:10:00+00:00")
    return Run(path=path, header=header, trials=tuple(trials), end=end)


def measured(*runs):
    return machines(Measured(run=run, records=records(run)) for run in runs)
