from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.errors import UsageError
from harness.core.reason import ReasonCode
from harness.store.foreign.as_run import as_run
from harness.store.foreign.pytest_benchmark_read import read_pytest_benchmark
from harness.store.read import read_run
from harness.store.write import RunWriter
from tests.unit.store.foreign.files import MACHINE, benchmark, write

COMMAND = ("scalecurve", "import")
LATER = "2026-11-02T11:00:00+00:00"


def imported(*paths):
    return as_run([read_pytest_benchmark(path) for path in paths], COMMAND)


def test_a_benchmark_is_a_case_and_a_file_a_trial(tmp_path):
    first = write(tmp_path / "a.json", benchmark(), benchmark("t::b"))
    second = write(tmp_path / "b.json", benchmark(), datetime=LATER)
    run = imported(second, first)
    assert [case.model.preset for case in run.header.cases] == ["tests/test_a.py::test_a", "t::b"]
    assert {case.model.family for case in run.header.cases} == {"imported"}
    assert [(trial.round, trial.started_at[11:13]) for trial in run.trials] == [
        (1, "10"),
        (1, "10"),
        (2, "11"),
    ]
    assert run.header.rounds == 2
    assert run.end.finished_at == LATER


def test_the_median_is_that_of_the_rounds_and_nothing_is_said_of_a_quiet_state(tmp_path):
    run = imported(write(tmp_path / "a.json"))
    (record,) = records(run)
    assert record.values["latency_p50"].value == pytest.approx(0.002)
    assert record.values["latency_quiet"].reason.code is ReasonCode.NOT_MEASURED


def test_a_parameter_count_is_known_only_where_the_file_gives_one(tmp_path):
    known = benchmark("t::known", extra_info={"parameter_count": 1234})
    run = imported(write(tmp_path / "a.json", known, benchmark()))
    assert [record.parameter_count for record in records(run)] == [1234, None]


def test_facts_of_the_case_are_taken_where_the_file_has_them(tmp_path):
    facts = {"backend": "onnxruntime", "threads": 2, "batch_size": 8}
    run = imported(write(tmp_path / "a.json", benchmark(extra_info=facts), benchmark("t::b")))
    told, silent = run.header.cases
    assert (told.target.backend, told.target.threads, told.batch_size) == ("onnxruntime", 2, 8)
    assert (silent.target.backend, silent.target.threads, silent.batch_size) == ("imported", 1, 1)


@pytest.mark.parametrize("noted", [[3, 4], [7]])
def test_rounds_are_cut_where_a_fresh_process_began(tmp_path, noted):
    path = write(tmp_path / "a.json", benchmark(extra_info={"trials": noted}))
    lengths = [len(trial.timeline.samples_ns) for trial in imported(path).trials]
    assert lengths == noted


@pytest.mark.parametrize("noted", [[3, 3], [0, 7], "7", [7.0], []])
def test_a_note_that_does_not_fit_the_rounds_is_not_believed(tmp_path, noted):
    path = write(tmp_path / "a.json", benchmark(extra_info={"trials": noted}))
    assert len(imported(path).trials) == 1


def test_files_of_two_machines_or_two_commits_make_no_run(tmp_path):
    one = write(tmp_path / "a.json")
    elsewhere = write(tmp_path / "b.json", machine_info={**MACHINE, "machine": "arm64"})
    with pytest.raises(UsageError, match="different machines"):
        imported(one, elsewhere)
    later = write(tmp_path / "c.json", commit_info={"id": "def456"})
    with pytest.raises(UsageError, match="different commits"):
        imported(one, later)


def test_files_without_any_rounds_make_no_run(tmp_path):
    with pytest.raises(UsageError, match="--benchmark-save-data"):
        imported(write(tmp_path / "a.json", benchmark(data=None)))


def test_an_imported_run_is_written_and_read_back_the_same(tmp_path):
    run = imported(write(tmp_path / "a.json"))
    with RunWriter.create(tmp_path / "runs", run.header) as writer:
        writer.append_trial(run.trials[0])
        writer.finish(run.end)
    assert replace(read_run(writer.path), path="") == run


def test_the_same_files_give_the_same_run_in_any_order(tmp_path):
    one, two = write(tmp_path / "a.json"), write(tmp_path / "b.json", datetime=LATER)
    assert imported(one, two) == imported(two, one)
