import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from harness.cli.history import _over_processes
from harness.core.case import Scenario
from harness.core.comparison import Calibration, NoiseFloor
from harness.core.errors import StoreError
from harness.core.run import RunEnd
from harness.store.calibration import store_calibration
from harness.store.fake import FakeMachine, fake_case, fake_header
from harness.store.index_row import IndexedRun
from harness.store.write import RunWriter

CASE = fake_case(10_000)
OFFLINE = fake_case(10_000, scenario=Scenario.OFFLINE, batch_size=8)
CALM = FakeMachine(slow_share=0.0, slices=12, iterations=4)


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SCALECURVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))


def write(
    folder: Path, day: int, factor: float = 1.0, cores: str = "2", torch: str = "2.7"
) -> Path:
    """Write a run of two cases, the first of which costs `factor`."""
    header = fake_header((CASE, OFFLINE), 2)
    noise = Random(day).lognormvariate(0, 0.003)
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    environment = replace(
        header.environment,
        hard_keys={"cpu_model": "Made Up 3000", "cores_available": cores},
        versions={"torch": torch},
    )
    header = replace(
        header,
        run_id=f"{day:04}{Random(day).getrandbits(48):012x}",
        started_at=started.isoformat(),
        environment=environment,
    )
    slow = replace(CALM, latency_ns=round(CALM.latency_ns * factor * noise))
    with RunWriter.create(folder, header) as writer:
        for number in range(2):
            writer.append_trial(slow.trial(CASE, number))
            writer.append_trial(CALM.trial(OFFLINE, number))
        writer.finish(RunEnd(finished_at=started.isoformat()))
    return writer.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty runs; the first case costs 10 % more from the eleventh on."""
    for day in range(20):
        write(tmp_path / "runs", day, 1.1 if day >= 10 else 1.0)
    return tmp_path / "runs"


def test_a_change_is_found_and_shown_with_its_runs(command, folder):
    done = command("history", folder)
    assert done.code == 0
    assert "1 lasting change in 2 series" in done.out
    assert "slower" in done.out
    assert "2026-01-10 00:00  2026-01-11 00:00" in done.out
    assert "throughput_quiet" in done.out


def test_json_is_a_list_of_series_each_with_its_changes(command, folder):
    found = json.loads(command("history", "--json", folder).out)
    assert [(one["metric"], one["points"]) for one in found] == [
        ("latency_quiet", 20),
        ("throughput_quiet", 20),
    ]
    (change,) = found[0]["changes"]
    assert change["verdict"] == "slower"
    assert change["ratio"]["value"] == pytest.approx(1.1, rel=0.02)
    assert change["ratio"]["low"] < 1.1 < change["ratio"]["high"]
    assert change["before"]["time"].startswith("2026-01-10")
    assert change["after"]["time"].startswith("2026-01-11")
    assert found[1]["changes"] == []


@pytest.mark.parametrize("name", [CASE.slug, CASE.id])
def test_one_case_is_chosen_by_its_name_or_its_id(command, folder, name):
    found = json.loads(command("history", "--json", "--case", name, folder).out)
    assert [one["case_id"] for one in found] == [CASE.id]


def test_metrics_are_chosen_by_their_names(command, folder):
    done = command("history", "--json", "--metric", "latency_p50,artifact_bytes", folder)
    assert {one["metric"] for one in json.loads(done.out)} == {"latency_p50", "artifact_bytes"}


def test_an_unknown_case_metric_or_package_ends_with_2_and_the_nearest(command, folder):
    for words, near in (
        (("--case", "mlp-1e5/eager"), CASE.slug),
        (("--metric", "latency_quite"), "latency_quiet"),
        (("--hold", "troch"), "torch"),
    ):
        done = command("history", *words, folder)
        assert done.code == 2
        assert near in done.err


def test_a_folder_without_such_a_value_says_so(command, folder):
    done = command("history", "--metric", "power_mean", folder)
    assert done.code == 0
    assert "no value of power_mean in any run" in done.err
    assert "no lasting change in 0 series" in done.out


def test_a_case_without_such_a_value_ends_with_2(command, folder):
    done = command("history", "--case", CASE.slug, "--metric", "throughput", folder)
    assert done.code == 2
    assert "has no value of these metrics" in done.err


def test_a_change_below_the_noise_floor_of_its_case_is_not_looked_for(command, folder, tmp_path):
    floor = NoiseFloor(
        case_id=CASE.id, metric="latency_quiet", floor=0.2, between=0.1, within=0.1, runs=5
    )
    calibration = Calibration(
        made_at="2026-01-01T00:00:00+00:00",
        command=(),
        hard_keys={"cpu_model": "Made Up 3000", "cores_available": "2"},
        versions={},
        floors=(floor,),
    )
    store_calibration(tmp_path / "state", calibration)
    found = json.loads(command("history", "--json", folder).out)
    assert [(one["floor"], one["changes"]) for one in found] == [(0.2, []), (0.01, [])]


def test_another_machine_begins_an_epoch_and_is_never_a_change(command, tmp_path):
    for day in range(20):
        late = day >= 10
        write(tmp_path / "runs", day, 1.5 if late else 1.0, cores="4" if late else "2")
    done = command("history", "--json", "--case", CASE.slug, tmp_path / "runs")
    found = json.loads(done.out)
    assert [one["points"] for one in found] == [10, 10]
    assert [one["changes"] for one in found] == [[], []]
    assert found[1]["epoch"]["differing"] == {"cores_available": "4"}
    table = command("history", tmp_path / "runs").out
    assert "2 of 2: cores_available 4" in table
    assert "no lasting change in 4 series" in table


def test_a_version_that_is_held_begins_an_epoch(command, tmp_path):
    for day in range(20):
        late = day >= 10
        write(tmp_path / "runs", day, 1.1 if late else 1.0, torch="2.8" if late else "2.7")
    words = ("history", "--json", "--case", CASE.slug)
    assert len(json.loads(command(*words, tmp_path / "runs").out)[0]["changes"]) == 1
    held = json.loads(command(*words, "--hold", "torch", tmp_path / "runs").out)
    assert [one["changes"] for one in held] == [[], []]


@pytest.mark.parametrize("runs", [1, 3])
def test_too_few_runs_are_said_to_be_too_few(command, tmp_path, runs):
    for day in range(runs):
        write(tmp_path / "runs", day)
    done = command("history", tmp_path / "runs")
    assert done.code == 0
    assert "too few points" in done.out
    assert "2 of 2 series have fewer than 8 points: too few to say anything" in done.out


def test_an_empty_folder_and_a_missing_one_end_with_2(command, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no run file in this folder" in command("history", tmp_path / "empty").err
    assert command("history", tmp_path / "empty").code == 2
    assert command("history", tmp_path / "nowhere").code == 2


def test_files_of_older_schemas_count(command, folder, run_file):
    run_file.rename(folder / "old.jsonl")
    done = command("history", "--json", folder)
    assert done.code == 0
    assert any(one["first"]["path"] == "old.jsonl" for one in json.loads(done.out))


def test_files_that_cannot_be_read_are_named_and_the_others_count(command, folder):
    for number in range(7):
        (folder / f"foreign-{number}.jsonl").write_text("{}\n")
    torn = min(folder.glob("2026*.jsonl"))
    torn.write_bytes(torn.read_bytes()[:-30])
    done = command("history", "--json", folder)
    assert done.code == 0
    assert json.loads(done.out)[0]["points"] == 20
    assert "was torn" in done.err
    assert "foreign-0.jsonl" in done.err
    assert "and 3 more files" in done.err


def test_many_files_are_read_by_several_processes_with_the_same_answer(command, tmp_path):
    for day in range(42):
        write(tmp_path / "runs", day, 1.1 if day >= 30 else 1.0)
    (tmp_path / "runs" / "foreign.jsonl").write_text("{}\n")
    done = command("history", "--json", "--case", CASE.slug, tmp_path / "runs")
    (found,) = json.loads(done.out)
    assert found["points"] == 42
    assert found["changes"][0]["likely"]["time"].startswith("2026-01-31")
    assert "reading 43 run files" in done.err
    assert "foreign.jsonl" in done.err


def leave(path: Path) -> IndexedRun:  # noqa: ARG001 - a reader takes one
    """End the process at once, as the kernel does where memory runs out."""
    os._exit(9)


def test_a_process_that_dies_while_it_reads_is_an_error(tmp_path):
    paths = [tmp_path / f"{number}.jsonl" for number in range(50)]
    with pytest.raises(StoreError, match="a process that read run files died"):
        list(_over_processes(leave, paths))


def test_a_copied_run_counts_once(command, folder):
    run = min(folder.glob("*.jsonl"))
    (folder / "copy.jsonl").write_bytes(run.read_bytes())
    done = command("history", "--json", folder)
    assert json.loads(done.out)[0]["points"] == 20
    assert "a copy of another file" in done.err


def test_a_folder_of_broken_files_alone_says_so(command, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "foreign.jsonl").write_text("{}\n")
    done = command("history", tmp_path / "runs")
    assert done.code == 0
    assert "no lasting change in 0 series" in done.out
    assert "foreign.jsonl" in done.err


def test_a_chart_is_drawn_where_it_is_asked_for(command, folder, tmp_path):
    chart = tmp_path / "h.svg"
    done = command("history", "--chart", chart, folder)
    assert done.code == 0
    assert chart.read_text(encoding="utf-8").startswith("<svg")
    assert f"chart: {chart}" in done.err
    assert command("history", "--chart", tmp_path / "h.gif", folder).code == 2
