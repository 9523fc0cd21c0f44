"""What tests of the index start from."""

from pathlib import Path

import pytest

from tests.unit.store.index_runs import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    runs = Runs(tmp_path / "runs")
    for number in (2, 0, 1):
        runs.write(number)
    return runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"
