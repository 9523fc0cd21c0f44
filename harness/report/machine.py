"""Where and when a run was made, on one line."""

from __future__ import annotations

from harness.core.run import RunHeader
from harness.report.format import plain_text


def machine_line(header: RunHeader) -> str:
    """Say on which machine a run was made, and when."""
    environment = header.environment
    parts = (environment.host, environment.cpu.get("model", ""), header.started_at[:10])
    return " · ".join(plain_text(part) for part in parts if part)
