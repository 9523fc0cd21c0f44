from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.analyse.compare.settings import Settings
from harness.core.errors import NotComparable, StoreError
from harness.core.run import RunEnd
from harness.pytest_plugin.baselines import list_baselines
from harness.store.fake import fake_case, fake_header, fake_run
from harness.store.write import RunWriter

FIRST, SECOND, THIRD = fake_case(10_000), fake_case(20_000), fake_case(30_000)
CONTROL = replace(FIRST, replica=1)
HERE = fake_header((FIRST,)).environment
NOW = datetime(2026, 1, 10, tzinfo=UTC)


def write(folder, *cases, day=2, environment=HERE, ended=True):
    run = fake_run(cases, rounds=2)
    header = replace(
        run.header,
        started_at=f"2026-01-{day:02}T03:04:05+00:00",
        run_id=f"{day:02}{len(cases)}",
        environment=environment,
    )
    with RunWriter.create(folder, header) as writer:
        for trial in run.trials:
            writer.append_trial(trial)
        if ended:
            writer.finish(RunEnd(finished_at=header.started_at))
        return writer.path


def listed(place, environment=HERE):
    return list_baselines(place, environment, Settings(), NOW)


def test_a_run_that_is_named_is_the_baseline(tmp_path):
    path = write(tmp_path, FIRST, SECOND)
    chosen = listed(path).choose([FIRST, THIRD])
    assert [run.path for run in chosen.runs] == [str(path)]
    assert chosen.knows(FIRST)
    assert not chosen.knows(THIRD)


def test_of_a_folder_it_is_the_newest_run_that_has_the_case(tmp_path):
    write(tmp_path, FIRST, day=3)
    newer = write(tmp_path, FIRST, day=5)
    chosen = listed(tmp_path).choose([FIRST])
    assert [run.path for run in chosen.runs] == [str(newer)]


def test_cases_of_several_runs_each_have_the_newest_of_their_own(tmp_path):
    older = write(tmp_path, FIRST, CONTROL, SECOND, day=3)
    newer = write(tmp_path, SECOND, day=5)
    chosen = listed(tmp_path).choose([FIRST, SECOND, THIRD])
    by_path = {run.path: set(run.header.cases) for run in chosen.runs}
    assert by_path == {str(newer): {SECOND}, str(older): {FIRST, CONTROL}}
    for run in chosen.runs:
        ids = {case.id for case in run.header.cases}
        assert {case.id for case in run.measured.cases} == ids
        assert {case_id for case_id, _ in run.measured.values} == ids


def test_a_run_of_another_machine_is_no_baseline_and_what_differs_is_named(tmp_path):
    elsewhere = replace(HERE, hard_keys={"cpu_model": "Other 9000"})
    path = write(tmp_path, FIRST)
    for place in (path, tmp_path):
        with pytest.raises(NotComparable, match=r"cpu_model.*Made Up 3000.*Other 9000"):
            listed(place, elsewhere).choose([FIRST])


def test_a_folder_without_any_of_the_cases_is_refused(tmp_path):
    write(tmp_path, SECOND)
    with pytest.raises(NotComparable, match="without a case in common"):
        listed(tmp_path).choose([FIRST])


def test_runs_that_did_not_end_are_passed_over_and_that_is_said(tmp_path):
    older = write(tmp_path, FIRST, day=3)
    write(tmp_path, FIRST, day=5, ended=False)
    chosen = listed(tmp_path).choose([FIRST])
    assert [run.path for run in chosen.runs] == [str(older)]
    assert "1 unfinished" in chosen.warnings[0]


def test_a_stale_baseline_is_said_loudly(tmp_path):
    path = write(tmp_path, FIRST)
    late = list_baselines(path, HERE, Settings(), datetime(2026, 6, 1, tzinfo=UTC))
    assert "stale baseline" in late.choose([FIRST]).warnings[0]


def test_a_session_began_when_it_looked(tmp_path):
    write(tmp_path, FIRST)
    assert list_baselines(tmp_path, HERE, Settings()).started_at > "2026-01-10"


def test_nothing_there_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no run file"):
        listed(tmp_path)
    with pytest.raises(StoreError, match="no such file"):
        listed(tmp_path / "no.jsonl")


def test_a_folder_holds_what_is_written_below_it_and_a_file_holds_nothing(tmp_path):
    path = write(tmp_path, FIRST)
    assert listed(tmp_path).holds(tmp_path)
    assert listed(tmp_path).holds(tmp_path / "below")
    assert not listed(tmp_path).holds(tmp_path.parent)
    assert not listed(path).holds(tmp_path)
