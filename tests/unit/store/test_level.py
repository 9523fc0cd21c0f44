"""The machine's quiet level is what two runs agree on, and outlives crowds and crashes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import StoreError
from harness.store.level import KEPT, state_folder, store_level, stored_level
from harness.store.lock import try_lock, wait_for_lock

KEYS = {"cpu_model": "Made Up 3000", "cores": "2"}


def store(folder: Path, *levels: float) -> None:
    for level in levels:
        store_level(folder, KEYS, 1, level)


def test_an_unknown_machine_has_no_level(tmp_path):
    assert stored_level(tmp_path / "none", KEYS, 1) is None


def test_one_run_alone_is_no_level(tmp_path):
    store(tmp_path, 20_000.0)
    assert stored_level(tmp_path, KEYS, 1) is None


def test_the_lowest_level_that_two_runs_agree_on_counts(tmp_path):
    store(tmp_path, 23_600.0, 15_000.0, 20_100.0, 23_700.0, 20_000.0)
    assert stored_level(tmp_path, KEYS, 1) == 20_000.0


def test_levels_over_five_per_cent_apart_do_not_agree(tmp_path):
    store(tmp_path, 20_000.0, 21_001.0)
    assert stored_level(tmp_path, KEYS, 1) is None
    store(tmp_path, 21_000.0)
    assert stored_level(tmp_path, KEYS, 1) == 20_000.0


def test_another_machine_or_another_probe_has_its_own_level(tmp_path):
    store(tmp_path, 20_000.0, 20_000.0)
    assert stored_level(tmp_path, KEYS | {"cores": "4"}, 1) is None
    assert stored_level(tmp_path, KEYS, 2) is None
    assert stored_level(tmp_path, dict(reversed(KEYS.items())), 1) == 20_000.0


def test_only_the_last_runs_are_remembered(tmp_path):
    store(tmp_path, 10_000.0, 10_000.0, *[20_000.0] * (KEPT - 1))
    assert stored_level(tmp_path, KEYS, 1) == 20_000.0


@pytest.mark.parametrize(
    "damage", [b"", b"not json", b'{"native_ns": [-1, -1]}', b"[" * 10**6, b"\xff"]
)
def test_a_damaged_file_is_forgotten_and_replaced(tmp_path, damage):
    store(tmp_path, 20_000.0, 20_000.0)
    (file,) = tmp_path.glob("*.json")
    file.write_bytes(damage)
    assert stored_level(tmp_path, KEYS, 1) is None
    store(tmp_path, 30_000.0, 30_000.0)
    assert stored_level(tmp_path, KEYS, 1) == 30_000.0


def test_levels_that_are_not_positive_are_forgotten(tmp_path):
    store(tmp_path, 20_000.0, 20_000.0)
    (file,) = tmp_path.glob("*.json")
    file.write_text(file.read_text().replace("20000.0", "-1.0"))
    assert stored_level(tmp_path, KEYS, 1) is None


@pytest.mark.parametrize("level", [0.0, -1.0, float("nan"), float("inf")])
def test_no_impossible_level_is_stored(tmp_path, level):
    with pytest.raises(ValueError, match="expected a positive number"):
        store_level(tmp_path, KEYS, 1, level)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        store_level(tmp_path / "file", KEYS, 1, 20_000.0)


def test_a_failed_replacement_leaves_nothing_behind(tmp_path):
    store(tmp_path, 20_000.0)
    (file,) = tmp_path.glob("*.json")
    file.unlink()
    file.mkdir()
    (file / "in the way").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        store_level(tmp_path, KEYS, 1, 20_000.0)
    assert not list(tmp_path.glob(".quiet*"))


STORING = """
import sys
from pathlib import Path
from harness.store.level import store_level
for i in range(4):
    store_level(Path(sys.argv[1]), {"cpu_model": "x"}, 1, 1000.0 * (1 + int(sys.argv[2])) + i)
"""


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", STORING, str(tmp_path), str(number)])
        for number in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    (file,) = tmp_path.glob("*.json")
    expected = {f"{1000.0 * (1 + number) + i}" for number in range(4) for i in range(4)}
    stored = file.read_text().split("[")[1].split("]")[0]
    assert set(stored.split(",")) == expected


def test_without_file_locks_every_writer_goes_on():
    assert try_lock(-1, None)
    wait_for_lock(-1, None)


class Mount:
    """A file system that answers every lock with one error."""

    LOCK_EX, LOCK_NB = 2, 4

    def __init__(self, code: int) -> None:
        self.code = code

    def flock(self, descriptor: int, how: int) -> None:
        del descriptor, how
        raise OSError(self.code, os.strerror(self.code))


def test_on_a_mount_that_keeps_no_locks_every_writer_goes_on():
    mount = Mount(errno.ENOLCK)
    assert try_lock(-1, mount)
    wait_for_lock(-1, mount)


def test_a_lock_that_fails_for_another_cause_is_an_error():
    for lock in (try_lock, wait_for_lock):
        with pytest.raises(OSError, match="Input/output"):
            lock(-1, Mount(errno.EIO))


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"SCALECURVE_STATE": "/s"}, "linux", "/s"),
        ({}, "linux", "/home/me/.local/state/scalecurve"),
        ({"XDG_STATE_HOME": "/x"}, "linux", "/x/scalecurve"),
        ({}, "darwin", "/home/me/Library/Application Support/scalecurve"),
        ({"LOCALAPPDATA": "/l"}, "win32", "/l/scalecurve"),
        ({}, "win32", "/home/me/AppData/Local/scalecurve"),
    ],
)
def test_state_lies_where_the_platform_keeps_it(environ, platform, expected):
    assert state_folder(environ, platform, Path("/home/me")) == Path(expected)
