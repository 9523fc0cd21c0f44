from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.run.start import Places
from tests.integration.runs import Quiet, command

SLOW = ("test_ab", "test_budget", "test_gate", "test_pytest_plugin", "test_report_browser")
"""Beginnings of the names of files whose tests take minutes together: the environment `long`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, before marks are looked at."""
    for item in items:
        if item.path.name.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def listener() -> Quiet:
    return Quiet()


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """One cache for the whole session: exports are slow."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def places(tmp_path, cache) -> Places:
    return Places(out=tmp_path / "out", cache=cache, state=tmp_path / "state")


@pytest.fixture
def environment(tmp_path, cache) -> dict[str, str]:
    """Without what tells that several processes run these tests: it would disable benchmarks."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**own, "SCALECURVE_CACHE": str(cache), "SCALECURVE_STATE": str(tmp_path / "state")}


@pytest.fixture
def scalecurve(tmp_path, environment) -> CommandLine:
    """Run the command line in a folder of its own."""

    def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(arguments),
            cwd=tmp_path,
            env={name: value for name, value in {**environment, **changes}.items() if value},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
