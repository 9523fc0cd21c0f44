"""`scalecurve doctor`: what can be measured here, what cannot, why, and what would change it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli.doctor_meters import Finding, examine_meters

if TYPE_CHECKING:
    from harness.core.case import Target
    from harness.core.reason import Reason

_DEVICES: Final = ("cpu", "cuda:0")
_FAKE: Final = "fake"
"""The stand-in for tests measures nothing, and is not listed."""
_WIDTH: Final = 26
"""Of the names, in characters."""
_LONGEST: Final = 20
"""Of a device's name: enough of a board's identity to tell it from the others of a machine."""

Ask = Callable[["Target"], "Reason | None"]
"""Says why a target cannot be served here; None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that `doctor` finds."""

    backends: tuple[Finding, ...]
    meters: tuple[Finding, ...]
    disturbances: tuple[str, ...]
    """What may disturb a run just now, in sentences."""
    folders: tuple[tuple[str, Path], ...]
    """What is kept where."""


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
    sysfs_root: Annotated[Path, typer.Option(help="Where /sys is, in a container.")] = Path("/"),
) -> None:
    """Say what can be measured on this machine, and what would have to change for the rest."""
    from harness.environment.quiet import quiet_warnings
    from harness.store.level import state_folder
    from model_zoo.export.cache import default_root

    with _processes() as ask:
        backends = examine_backends(ask)
    diagnosis = Diagnosis(
        backends=backends,
        meters=examine_meters(sysfs_root),
        disturbances=quiet_warnings(),
        folders=(("artifacts", default_root()), ("quiet level", state_folder())),
    )
    typer.echo(json.dumps(as_object(diagnosis), indent=2) if as_json else as_text(diagnosis))


@contextmanager
def _processes() -> Iterator[Ask]:
    """Ask each runtime in a process of its own: none is imported here, and one may crash."""
    from harness.run.pool import Pool

    with tempfile.TemporaryDirectory(prefix="scalecurve-") as folder:
        pool = Pool(Path(folder))
        try:
            yield pool.availability
        finally:
            pool.close()


def examine_backends(ask: Ask) -> tuple[Finding, ...]:
    """Ask every backend whether it can serve each device."""
    from harness.backends.registry import BACKENDS
    from harness.core.case import Target

    return tuple(
        Finding(name=name, device=device, reason=ask(Target(backend=name, device=device)))
        for name in BACKENDS
        if name != _FAKE
        for device in _DEVICES
    )


def as_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """Describe a diagnosis in plain values."""
    return {
        "backends": [finding.as_object() for finding in diagnosis.backends],
        "meters": [finding.as_object() for finding in diagnosis.meters],
        "disturbances": list(diagnosis.disturbances),
        "folders": {name: str(path) for name, path in diagnosis.folders},
    }


def as_text(diagnosis: Diagnosis) -> str:
    """Describe a diagnosis to a person; each hint stands once under its group."""
    quiet = ("nothing that could be seen disturbs this machine",)
    return "\n".join(
        [
            "backends",
            *_lines(diagnosis.backends),
            "",
            "meters",
            *_lines(diagnosis.meters),
            "",
            "machine",
            *(f"  {sentence}" for sentence in diagnosis.disturbances or quiet),
            "",
            "folders",
            *(f"  {name:<{_WIDTH}}{path}" for name, path in diagnosis.folders),
        ]
    )


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    hints: dict[str, None] = {}
    for finding in findings:
        named = f"{finding.name} {finding.device[:_LONGEST]}".rstrip()
        yield f"  {named:<{_WIDTH}}{finding.reason or finding.reach or 'available'}"
        if finding.reason and finding.reason.hint:
            hints.setdefault(f"  to change {finding.reason.code}: {finding.reason.hint}")
    yield from hints
