"""What the figures were taken on, and with: the head of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from harness.environment.describe import describe

_GB = 1e9


def head(command: Sequence[str]) -> str:
    """Return Markdown lines: command, date, commit, machine, versions."""
    found = describe()
    cpu, system, source = found.cpu, found.system, found.source
    facts = {
        "command": f"`{' '.join(command)}`",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": ", ".join(f"{key} {value}" for key, value in source.items()),
        "CPU": ", ".join(f"{key} {value}" for key, value in cpu.items()),
        "memory": f"{found.memory_bytes / _GB:.1f} GB",
        "system": ", ".join(f"{key} {value}" for key, value in system.items() if value),
        "GPUs": ", ".join(gpu.get("name", "unnamed") for gpu in found.gpus) or "none",
        "versions": ", ".join(f"{name} {number}" for name, number in found.versions.items()),
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items()) + "\n"
