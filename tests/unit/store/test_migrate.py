"""Files of an older schema are read through their migrations."""

from __future__ import annotations

import pytest

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION
from harness.store.fake import (
    FakeMachine,
    fake_header,
)
from harness.store.migrate import MIGRATIONS
from harness.store.read import read_run
from harness.store.write import RunWriter
from tests.unit.store.lines import CASE, END, HEADER, TRIAL


def older(line: dict[str, object]) -> dict[str, object]:
    """Bring a made-up version 0, in which trials were called results, to the present one."""
    if "result" in line:
        return {"trial": line["result"]}
    return line


OLDER = {0: older, **MIGRATIONS}
NOW = f'"schema_version":{SCHEMA_VERSION}'.encode()
KNOWN = ", ".join(map(str, range(1, SCHEMA_VERSION + 1)))


def test_an_older_schema_is_read_through_its_migration(tmp_path):
    path = tmp_path / "old.jsonl"
    old_header = HEADER.replace(NOW, b'"schema_version":0')
    path.write_bytes(old_header + TRIAL.replace(b'{"trial"', b'{"result"') + END)
    run = read_run(path, migrations=OLDER)
    assert run.header == fake_header((CASE,))
    assert run.trials == (FakeMachine(slices=2, hunting=0).trial(CASE),)
    assert run.end is not None
    path.write_bytes(path.read_bytes().removesuffix(END))
    with pytest.raises(
        StoreError, match=f"made with schema 0; only schema {SCHEMA_VERSION} can be resumed"
    ):
        RunWriter.resume(path, migrations=OLDER)


def test_an_unknown_older_schema_is_refused(tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_bytes(HEADER.replace(NOW, b'"schema_version":-3'))
    with pytest.raises(StoreError, match=f":1: schema -3 is not known; this one reads {KNOWN}"):
        read_run(path)
    with pytest.raises(StoreError, match=f"this one reads {KNOWN}"):
        RunWriter.resume(path)


def test_a_line_that_its_migration_does_not_know_is_refused(tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_bytes(HEADER.replace(NOW, b'"schema_version":0') + b"[1]\n")
    broken = {**OLDER, 0: lambda line: line if "header" in line else {"trial": line["result"]}}
    with pytest.raises(StoreError, match=":2: not a line of schema 0"):
        read_run(path, migrations=broken)
