"""Noise floors outlive the run that found them, crowds and damage."""

import errno
import os
import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest

from harness.core.comparison import Calibration, NoiseFloor
from harness.core.errors import StoreError
from harness.store.calibration import store_calibration, stored_floors

KEYS = {"cpu_model": "Made Up 3000"}
FLOOR = NoiseFloor(
    case_id="c" * 16,
    metric="latency_quiet",
    floor=0.012,
    between=0.004,
    within=None,
    runs=4,
    trials=3,
    seen=0.007,
    smallest_change={3: 0.05, 8: 0.03},
    rounds=7,
)


def calibration(*floors, **changes):
    found = Calibration(
        made_at="2026-01-02T03:04:05+00:00",
        command=("scalecurve", "calibrate"),
        hard_keys=KEYS,
        versions={},
        floors=floors,
    )
    return replace(found, **changes)


def test_what_was_stored_is_read_back_by_case_and_metric(tmp_path):
    store_calibration(tmp_path / "state", calibration(FLOOR))
    found = stored_floors(tmp_path / "state", KEYS)
    assert found == {(FLOOR.case_id, "latency_quiet"): FLOOR}


def test_an_unknown_machine_has_no_floors(tmp_path):
    store_calibration(tmp_path, calibration(FLOOR))
    assert stored_floors(tmp_path, {"cpu_model": "Another"}) == {}
    assert stored_floors(tmp_path / "none", KEYS) == {}


def test_a_new_calibration_replaces_the_cases_that_it_has_and_keeps_the_others(tmp_path):
    other = replace(FLOOR, case_id="d" * 16)
    store_calibration(tmp_path, calibration(FLOOR, other))
    store_calibration(tmp_path, calibration(replace(FLOOR, floor=0.5)))
    found = stored_floors(tmp_path, KEYS)
    assert {key[0][0]: one.floor for key, one in found.items()} == {"c": 0.5, "d": 0.012}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[" * 10**6,
        b"\xff",
        b'{"hard_keys": {}, "made_at": "", "floors": [{"case_id": "c"}]}',
        msgspec.json.encode(
            {"hard_keys": {}, "made_at": "", "floors": [replace(FLOOR, floor=-1.0)]}
        ),
    ],
)
def test_a_damaged_file_is_forgotten_with_a_message_and_written_anew(tmp_path, damage):
    path = store_calibration(tmp_path, calibration(FLOOR))
    path.write_bytes(damage)
    told = []
    assert stored_floors(tmp_path, KEYS, told.append) == {}
    assert len(told) == 1
    assert "forgotten" in told[0]
    assert str(path) in told[0]
    store_calibration(tmp_path, calibration(FLOOR), told.append)
    assert len(stored_floors(tmp_path, KEYS)) == 1


def test_a_message_goes_to_standard_error_where_nobody_else_listens(tmp_path, capsys):
    store_calibration(tmp_path, calibration(FLOOR)).write_bytes(b"{")
    stored_floors(tmp_path, KEYS)
    printed = capsys.readouterr()
    assert "forgotten" in printed.err
    assert not printed.out


def test_what_cannot_be_opened_is_not_used(tmp_path):
    path = store_calibration(tmp_path, calibration(FLOOR))
    path.unlink()
    path.mkdir()
    told = []
    assert stored_floors(tmp_path, KEYS, told.append) == {}
    assert os.strerror(errno.EISDIR) in told[0]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"file.*cannot be written"):
        store_calibration(tmp_path / "file" / "state", calibration(FLOOR))


def test_calibrations_that_end_at_once_lose_nothing(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dataclasses import replace\n"
        "from tests.unit.store.test_calibration import FLOOR, calibration\n"
        "from harness.store.calibration import store_calibration\n"
        "for number in range(20):\n"
        "    floor = replace(FLOOR, case_id=f'{sys.argv[2]}-{number}')\n"
        "    store_calibration(Path(sys.argv[1]), calibration(floor))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path, name]) for name in ("one", "two")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(stored_floors(tmp_path, KEYS)) == 40
