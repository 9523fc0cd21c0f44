"""Facts of this machine for pytest-benchmark: only those that stay equal from run to run."""

from __future__ import annotations

from typing import Any

from harness.core.run import Environment
from harness.environment.comparability import comparability_key
from harness.environment.describe import describe


def machine_facts(environment: Environment | None = None) -> dict[str, Any]:
    """Describe the machine: pytest-benchmark warns where any of it differs between two files."""
    found = describe() if environment is None else environment
    return {
        "comparability_key": comparability_key(found),
        "hard_keys": dict(found.hard_keys),
        "gpus": [{"name": gpu.get("name", ""), "uuid": gpu.get("uuid", "")} for gpu in found.gpus],
    }
