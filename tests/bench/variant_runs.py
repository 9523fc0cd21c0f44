"""A plain network and its variants measured side by side, by the product's own run."""

from __future__ import annotations

from harness.analyse.records import records
from harness.core.record import Record
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.listening import Hooked
from tests.bench.row import Setting


def measured(setting: Setting, name: str, plan: Plan) -> dict[str, Record]:
    """Run a plan; return its records by variant, the plain network's under an empty name."""
    room = setting.room(name)
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    run = read_run(begin(plan, ("tests.bench",), places, Hooked(_nothing)))
    return {one.case.model.variant: one for one in records(run) if not one.case.replica}


def value_of(record: Record, metric: str) -> float | None:
    """Return a metric's value; None where there is none."""
    found = record.values.get(metric)
    return None if found is None else found.value


def ratio_of(plain: Record, varied: Record, metric: str) -> float | None:
    """Return how large a variant's value is beside the plain network's; None without both."""
    ours, theirs = value_of(varied, metric), value_of(plain, metric)
    return ours / theirs if ours is not None and theirs else None


def latency_ratio(plain: Record, varied: Record) -> tuple[float | None, str]:
    """Return a ratio of latencies and of which: in the quiet state, else as experienced."""
    quiet = ratio_of(plain, varied, "latency_quiet")
    if quiet is not None:
        return quiet, "latency_quiet"
    return ratio_of(plain, varied, "latency_p50"), "latency_p50"


def described(record: Record) -> str:
    """Say what a record's variant holds, costs and loses."""
    parts = [f"{record.case.slug}: {record.outcome.status}"]
    for metric, scale, unit in (
        ("latency_quiet", 1e3, "ms"),
        ("latency_p50", 1e3, "ms"),
        ("peak_rss", 1e-6, "MB"),
        ("weights_rss", 1e-6, "MB"),
        ("artifact_bytes", 1e-6, "MB"),
    ):
        found = value_of(record, metric)
        parts.append(f"{metric} {'none' if found is None else f'{found * scale:.4g} {unit}'}")
    if record.verification:
        parts.append(
            f"error {record.verification.error:.2g} of {record.verification.tolerance:.2g}"
        )
    facts = record.facts
    if facts:
        parts.append(
            f"{facts.account.stored_parameters:,} parameters stored, "
            f"{facts.account.nonzero_parameters:,} not zero; of its parent's outputs it is off by "
            f"{facts.fidelity.relative_error:.3g}, top 1 agrees in "
            f"{facts.fidelity.top1_agreement:.1%} of {facts.fidelity.items} items"
        )
    return ", ".join(parts)


def _nothing(label: str) -> None:
    del label
