"""One run as a page of Markdown: what made it, where, its tables, and how far to trust them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.analyse.control import control_check
from harness.core.record import Record
from harness.core.run import Run
from harness.report.format import count, plain_text, quantity
from harness.report.table import markdown, tables

_LONGEST = 400


def page_of_run(
    run: Run, records: Sequence[Record], metrics: Sequence[str] = (), *, every: bool = False
) -> str:
    """Write a run's page.

    Args:
        run: As it was read.
        records: What it comes to.
        metrics: Names of the metrics to show; the usual ones where empty.
        every: Whether skipped cases have rows in tables, too.
    """
    lines = [f"## {plain_text(Path(run.path).name)}", ""]
    lines += [f"- {name}: {text}" for name, text in _facts(run) if text]
    for table in tables(records, metrics, every=every):
        lines += ["", markdown(table)]
    lines += ["", plain_text(control_check(records).sentence, longest=_LONGEST), ""]
    return "\n".join(lines)


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    header = run.header
    environment = header.environment
    yield "command", f"`{plain_text(' '.join(header.command), longest=_LONGEST)}`"
    yield "commit", _commit(environment.source)
    yield "started", plain_text(header.started_at[:19])
    yield "finished", plain_text(run.end.finished_at[:19]) if run.end else "not yet"
    cores = environment.cpu.get("cores_available", "")
    model = environment.cpu.get("model", "")
    yield "machine", plain_text(f"{model}, {cores} cores" if cores else model)
    memory = environment.memory_bytes
    yield "memory", quantity(float(memory), "B") if memory else ""
    yield (
        "system",
        plain_text(" ".join(filter(None, map(environment.system.get, ("os", "kernel"))))),
    )
    versions = (f"{name} {version}" for name, version in sorted(environment.versions.items()))
    yield "versions", plain_text(", ".join(versions), longest=_LONGEST)
    yield "rounds", count(header.rounds)


def _commit(source: Mapping[str, str]) -> str:
    changes = " with changes" if source.get("dirty") == "yes" else ""
    return plain_text(f"{source.get('commit', '')}{changes}")
