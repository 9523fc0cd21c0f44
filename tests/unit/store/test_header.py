import shutil
from pathlib import Path

import pytest

from harness.core.errors import StoreError
from harness.store.header import moment, newest_first, read_header
from harness.store.read import read_run
from tests.unit.analyse.gate_runs import gate_run, header_of, written

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("name", ["run-v1.jsonl", "run-v2.jsonl", "run-v3.jsonl", "run-v4.jsonl"])
def test_a_header_is_what_the_whole_file_says(name):
    assert read_header(DATA / name) == read_run(DATA / name).header


def test_only_the_first_line_is_looked_at(tmp_path):
    path = written(tmp_path, gate_run())
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first + b"\x00 garbage")
    assert read_header(path).run_id == "aaaa1111"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no whole header"),
        (b"{}\n", "missing required field"),
        (b'{"header":{"schema_version":999}}\n', "newer version"),
        (b'{"header":{"schema_version":0}}\n', "schema 0"),
    ],
)
def test_a_file_that_is_no_run_is_refused_with_its_name(tmp_path, content, said):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=said) as caught:
        read_header(path)
    assert "a.jsonl:1" in str(caught.value)


def test_runs_are_listed_from_the_newest_whatever_their_files_are_named(tmp_path):
    paths = [written(tmp_path, gate_run(header_of(f"{day:08}", day))) for day in (3, 9, 6)]
    renamed = Path(shutil.move(paths[2], tmp_path / "baseline.jsonl"))
    listed = list(newest_first([*paths[:2], renamed]))
    assert [header.started_at[8:10] for _, header in listed] == ["09", "06", "03"]
    assert listed[1][0] == renamed


def test_files_that_are_no_runs_are_passed_over(tmp_path):
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text("{}\n")
    dated = tmp_path / "20260109T000000-x-y.jsonl"
    dated.write_text("{}\n")
    undated = written(tmp_path, gate_run(header_of(started_at="yesterday")))
    path = written(tmp_path, gate_run(header_of("bbbb2222")))
    assert [found for found, _ in newest_first([foreign, dated, undated, path])] == [path]


def test_a_time_without_a_zone_is_in_utc():
    assert moment("2026-01-02T03:04:05") == moment("2026-01-02T04:04:05+01:00")
