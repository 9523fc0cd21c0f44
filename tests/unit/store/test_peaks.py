import json
from dataclasses import replace

import pytest

from harness.core.errors import StoreError
from harness.core.peaks import PEAKS_VERSION, Bandwidth, Peaks
from harness.store.peaks import store_peaks, stored_peaks

KEYS = {"cpu_model": "Made Up 3000"}
PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11},
    bandwidth=(Bandwidth(working_set=1 << 20, rate=5e10),),
    launch=1e-6,
    by="torch 2",
    measured_at="2026-01-02T03:04:05+00:00",
    hard_keys=KEYS,
)


def test_peaks_are_read_as_they_were_written(tmp_path):
    store_peaks(tmp_path / "new", PEAKS)
    assert stored_peaks([tmp_path / "new"], KEYS) == (PEAKS,)


def test_peaks_of_another_machine_are_not_returned(tmp_path):
    store_peaks(tmp_path, PEAKS)
    assert stored_peaks([tmp_path], {"cpu_model": "Another"}) == ()


def test_newer_peaks_take_the_place_of_older_ones(tmp_path):
    store_peaks(tmp_path, PEAKS)
    newer = replace(PEAKS, launch=2e-6)
    store_peaks(tmp_path, newer)
    assert stored_peaks([tmp_path], KEYS) == (newer,)


def test_each_number_of_threads_has_peaks_of_its_own(tmp_path):
    two = replace(PEAKS, threads=2)
    for peaks in (PEAKS, two):
        store_peaks(tmp_path, peaks)
    assert sorted(one.threads for one in stored_peaks([tmp_path], KEYS)) == [1, 2]


def test_the_first_folder_goes_before_the_second(tmp_path):
    beside, kept = tmp_path / "beside", tmp_path / "kept"
    store_peaks(kept, replace(PEAKS, launch=9e-6))
    store_peaks(beside, PEAKS)
    assert stored_peaks([beside, kept], KEYS) == (PEAKS,)


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert stored_peaks([tmp_path / "nowhere"], KEYS) == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"device": 3}', "null"])
def test_a_damaged_file_is_forgotten(tmp_path, text):
    store_peaks(tmp_path, PEAKS).write_text(text, encoding="utf-8")
    assert stored_peaks([tmp_path], KEYS) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"launch": 0.0},
        {"gemm": {"fp32": -1.0}},
        {"bandwidth": []},
        {"bandwidth": [{"working_set": 0, "rate": 1.0}]},
        {"version": PEAKS_VERSION + 1},
    ],
)
def test_figures_that_cannot_be_are_forgotten(tmp_path, change):
    path = store_peaks(tmp_path, PEAKS)
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, **change}), encoding="utf-8")
    assert stored_peaks([tmp_path], KEYS) == ()


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        store_peaks(tmp_path / "file", PEAKS)
