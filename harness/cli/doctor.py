"""`scalecurve doctor`: what can be measured here, what cannot, why, and what would change it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from harness.core.case import Target
    from harness.core.reason import Reason
    from harness.meters.rapl import RaplMeter

_DEVICES: Final = ("cpu", "cuda:0")
_FAKE: Final = "fake"
"""The stand-in for tests measures nothing, and is not listed."""
_RAPL: Final = "rapl"
_WIDTH: Final = 26
"""Of the names, in characters."""

Ask = Callable[["Target"], "Reason | None"]
"""Says why a target cannot be served here; None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a counter of energy reads, how often it moves, and how right that can be."""

    counters: tuple[str, ...]
    missing: tuple[str, ...]
    """What it would read elsewhere, each with its reason."""
    update_period_s: float | None
    """None where it did not move while it was watched."""
    window_s: float | None
    """How long a window must be for the error below."""
    wanted_error: float
    """Relative, by the counter's step."""

    def __str__(self) -> str:
        """Tell a person, on one line."""
        from harness.report.format import quantity

        told = f"available: {', '.join(self.counters)}"
        told += "".join(f"; without {reason}" for reason in self.missing)
        if self.update_period_s is None or self.window_s is None:
            return f"{told}; it did not move while it was watched"
        period, window = quantity(self.update_period_s, "s"), quantity(self.window_s, "s")
        return f"{told}; moves every {period}: within {self.wanted_error:.1%} over {window}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is here, or is not."""

    name: str
    device: str = ""
    """Where it would run; empty for a meter."""
    reason: Reason | None
    """Why it is not here; None where it is."""
    reach: Reach | None = None
    """Of a counter of energy that is here."""

    def as_object(self) -> dict[str, Any]:
        """Describe it in plain values."""
        found: dict[str, Any] = {"name": self.name, "available": self.reason is None}
        if self.device:
            found["device"] = self.device
        if self.reach:
            found |= asdict(self.reach)
        if self.reason:
            found |= {"reason_code": str(self.reason.code), "detail": self.reason.detail}
            found["hint"] = self.reason.hint
        return found


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


def examine_meters(sysfs_root: Path) -> tuple[Finding, ...]:
    """Ask every meter whether it can read here; a counter that can is watched as it moves."""
    from harness.meters.rapl import RaplMeter
    from harness.meters.registry import METERS, load

    names = [name for name in METERS if name != _FAKE]
    return tuple(
        examine_rapl(RaplMeter(sysfs_root))
        if name == _RAPL
        else Finding(name=name, reason=load(name).availability())
        for name in names
    )


def examine_rapl(meter: RaplMeter) -> Finding:
    """Ask for the counters of the processor, and watch the first for up to three seconds."""
    from harness.meters.energy.window import WANTED_ERROR, window_ns

    reason = meter.availability()
    if reason is not None:
        return Finding(name=_RAPL, reason=reason)
    period_ns = meter.update_period_ns()
    reach = Reach(
        counters=tuple(counter.name for counter in meter.counters()),
        missing=tuple(str(why) for why in meter.missing().values()),
        update_period_s=None if period_ns is None else period_ns * 1e-9,
        window_s=None if period_ns is None else window_ns(period_ns, WANTED_ERROR) * 1e-9,
        wanted_error=WANTED_ERROR,
    )
    return Finding(name=_RAPL, reason=None, reach=reach)


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
        named = f"{finding.name} {finding.device}".rstrip()
        yield f"  {named:<{_WIDTH}}{finding.reason or finding.reach or 'available'}"
        if finding.reason and finding.reason.hint:
            hints.setdefault(f"  to change {finding.reason.code}: {finding.reason.hint}")
    yield from hints
