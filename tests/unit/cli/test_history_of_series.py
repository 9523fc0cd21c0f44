"""`history --csv`: a series of another tool."""

import json
from pathlib import Path
from random import Random

import pytest


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SCALECURVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))


@pytest.fixture
def series(tmp_path: Path) -> Path:
    rng = Random(1)
    rows = [
        f"{number},{(1.05 if number >= 30 else 1.0) * rng.lognormvariate(0, 0.005)}"
        for number in range(50)
    ]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["time,value", *rows]))
    return path


def test_a_series_of_another_tool_is_searched_as_well(command, series):
    done = command("history", "--csv", series, "--json")
    (found,) = json.loads(done.out)
    (change,) = found["changes"]
    assert (change["before"]["time"], change["after"]["time"]) == ("29", "30")
    assert "slower" in command("history", "--csv", series).out


def test_watching_is_at_least_as_talkative(command, series):
    found = json.loads(command("history", "--csv", series, "--json", "--watch").out)
    assert len(found[0]["changes"]) >= 1


def test_bad_rows_end_with_2_and_their_lines(command, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("time,value\n1,1\n2,-1\n3,nan\n")
    done = command("history", "--csv", path)
    assert done.code == 2
    assert "bad.csv:3: value '-1'" in done.err
    assert "bad.csv:4: value 'nan'" in done.err


def test_what_is_put_right_in_a_series_is_said(command, tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("time,value\n2,1\n1,1\n")
    done = command("history", "--csv", path)
    assert done.code == 0
    assert "they were sorted" in done.err
    assert "too few points" in done.out


def test_a_file_that_is_no_text_or_is_not_there_ends_with_2(command, tmp_path):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    assert "not text in UTF-8" in command("history", "--csv", tmp_path / "b.csv").err
    assert command("history", "--csv", tmp_path / "no.csv").code == 2


def test_a_folder_or_a_file_is_needed_and_not_both(command, tmp_path, series):
    assert command("history").code == 2
    assert command("history", tmp_path, "--csv", series).code == 2
    assert command("history", "--csv", series, "--case", "x").code == 2
