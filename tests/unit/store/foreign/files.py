"""Made-up files of pytest-benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MACHINE = {
    "node": "ci-7",
    "machine": "x86_64",
    "system": "Linux",
    "release": "6.1",
    "python_implementation": "CPython",
    "python_version": "3.12.1",
    "cpu": {"brand_raw": "Made Up 3000", "count": 4},
}


def benchmark(name: str = "tests/test_a.py::test_a", **changes: Any) -> dict[str, Any]:
    data = changes.pop("data", [0.002, 0.001, 0.003, 0.002, 0.002, 0.001, 0.004])
    return {
        "group": None,
        "name": name.rpartition("::")[2],
        "fullname": name,
        "params": None,
        "param": None,
        "extra_info": {},
        "options": {"min_rounds": 5},
        "stats": {"median": 0.002, "iterations": 1, **({"data": data} if data else {})},
        **changes,
    }


def write(path: Path, *benchmarks: dict[str, Any], **changes: Any) -> Path:
    content = {
        "machine_info": MACHINE,
        "commit_info": {"id": "abc123", "dirty": False},
        "benchmarks": list(benchmarks) or [benchmark()],
        "datetime": "2026-11-02T10:00:00.123456+00:00",
        "version": "5.3.1",
        **changes,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
