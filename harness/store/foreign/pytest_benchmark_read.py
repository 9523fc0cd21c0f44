"""A file of pytest-benchmark, read as data: checked and bounded, nothing in it evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.core.errors import StoreError
from harness.core.run import Environment

LARGEST_BYTES: Final = 512 << 20
"""Of a file; larger ones are refused."""
_NS_PER_S: Final = 1e9
_LARGEST_COUNT: Final = 2**62
_LONGEST_S: Final = 2.0**62 / _NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark of another tool."""

    fullname: str
    rounds_ns: tuple[int, ...]
    """In the order taken; each the mean of `iterations` calls."""
    iterations: int
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkFile:
    """What one invocation of pytest-benchmark left."""

    path: str
    digest: str
    """Sixteen hexadecimal digits of the content."""
    made_at: str
    """ISO 8601, in UTC."""
    environment: Environment
    benchmarks: tuple[Benchmark, ...]
    without_data: tuple[str, ...]
    """Names of benchmarks that were saved without their rounds."""


class _Stats(msgspec.Struct):
    data: list[float] = []
    iterations: int = 1


class _Benchmark(msgspec.Struct):
    fullname: str
    stats: _Stats
    extra_info: dict[str, Any] | None = None


class _Document(msgspec.Struct):
    benchmarks: list[_Benchmark]
    datetime: str
    version: str
    machine_info: dict[str, Any] = {}
    commit_info: dict[str, Any] | None = None


def read_pytest_benchmark(path: Path) -> BenchmarkFile:
    """Read one file, as `--benchmark-json` or `--benchmark-save-data` writes it.

    Raises:
        StoreError: it cannot be read, or is no such file; the message names it.
    """
    data = _bytes_of(path)
    try:
        found = _DECODER.decode(data)
        made_at = _utc(found.datetime)
        benchmarks = tuple(_benchmark(one) for one in found.benchmarks if one.stats.data)
        _require_unique([one.fullname for one in found.benchmarks])
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: not a file of pytest-benchmark: {error}") from error
    return BenchmarkFile(
        path=str(path),
        digest=hashlib.sha256(data).hexdigest()[:16],
        made_at=made_at,
        environment=_environment(found),
        benchmarks=benchmarks,
        without_data=tuple(one.fullname for one in found.benchmarks if not one.stats.data),
    )


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > LARGEST_BYTES:
        raise StoreError(f"{path}: over {LARGEST_BYTES} bytes; refused")
    return data


def _utc(text: str) -> str:
    """Bring a time to UTC; one without a zone is taken for UTC, as older versions wrote it."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError as error:
        raise ValueError(f"no time of this calendar: {text!r}") from error


def _require_unique(names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("a benchmark is named twice")


def _benchmark(found: _Benchmark) -> Benchmark:
    wrong = [value for value in found.stats.data if not 0 <= value < _LONGEST_S]
    if wrong or found.stats.iterations < 1:
        raise ValueError(f"{found.fullname!r} holds what is no duration in seconds")
    return Benchmark(
        fullname=found.fullname,
        rounds_ns=tuple(round(value * _NS_PER_S) for value in found.stats.data),
        iterations=found.stats.iterations,
        extra=found.extra_info or {},
    )


def _environment(found: _Document) -> Environment:
    """Keep what is known; a key that is not there stays missing."""
    machine = found.machine_info
    cpu = machine.get("cpu") if isinstance(machine.get("cpu"), dict) else {}
    system = _known(
        os=machine.get("system"),
        kernel=machine.get("release"),
        architecture=machine.get("machine"),
        python=_python(machine),
    )
    model = _known(model=(cpu or {}).get("brand_raw"))
    return Environment(
        host=_text(machine.get("node")) or "unknown",
        system=system,
        cpu=model,
        memory_bytes=0,
        versions={"pytest-benchmark": found.version},
        source=_source(found.commit_info or {}),
        hard_keys=_hard_keys(system, model, machine),
    )


def _hard_keys(
    system: Mapping[str, str], cpu: Mapping[str, str], machine: Mapping[str, Any]
) -> dict[str, str]:
    """Pick what must be equal; a machine whose processor is not known is known by its name."""
    keys = {name: system[name] for name in ("architecture", "os") if name in system}
    if "model" in cpu:
        return keys | {"cpu_model": cpu["model"]}
    return keys | {"host": _text(machine.get("node")) or "unknown"}


def _python(machine: Mapping[str, Any]) -> str:
    parts = (machine.get("python_implementation"), machine.get("python_version"))
    return " ".join(text for part in parts if (text := _text(part)))


def _source(commit: Mapping[str, Any]) -> dict[str, str]:
    name = _text(commit.get("id"))
    if not name or name == "unversioned":
        return {}
    return {"commit": name, "dirty": "yes" if commit.get("dirty") else "no"}


def _known(**facts: object) -> dict[str, str]:
    return {name: text for name, fact in facts.items() if (text := _text(fact))}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def positive_count(value: object) -> int | None:
    """Return a count that another tool noted; None where it is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < _LARGEST_COUNT else None


_DECODER = msgspec.json.Decoder(_Document, strict=False)
