"""The pytest plugin as its users meet it: marked cases, and every option of pytest-benchmark."""

import pytest

from tests.integration.pytest_sessions import MARKED, SETTINGS, Sessions, report

THREE = f"""
import pytest

pytestmark = pytest.mark.inference(family="mlp", {SETTINGS})

@pytest.mark.benchmark(group="mine")
@pytest.mark.parametrize("params", ["1e4", "2e4"])
def test_sizes(inference, params):
    assert inference.record.case.nominal == float(params)

@pytest.mark.skip(reason="not today")
@pytest.mark.inference(params=3e4)
def test_skipped(inference):
    pass

def test_other():
    pass
"""


@pytest.fixture
def sessions(tmp_path, environment):
    return Sessions(tmp_path, environment)


def test_marked_cases_are_measured_together_in_one_ordinary_run_with_a_control(sessions):
    done = sessions.write(test_it=THREE).run()
    assert done.outcomes == {"passed": 3, "skipped": 1}, done.out
    (run,) = sessions.runs()
    assert sorted(case.nominal for case in run.header.cases if not case.replica) == [10_000, 20_000]
    assert sum(case.replica for case in run.header.cases) == 1
    assert run.header.rounds == 2
    assert run.header.command[0] == "pytest"
    assert run.end is not None
    assert "latency, quiet" in done.out
    assert f"run file: .scalecurve/{run.path.rpartition('/')[2]}" in done.out


def test_every_sample_is_a_round_of_the_table_and_the_rest_is_extra_info(sessions):
    done = sessions.write(test_it=MARKED).run("--benchmark-json=report.json", "-W", "error")
    assert done.outcomes == {"passed": 1}, done.out
    (bench,) = report(sessions)["benchmarks"]
    (run,) = sessions.runs()
    info = bench["extra_info"]
    assert bench["stats"]["rounds"] == len(bench["stats"]["data"])
    assert info["metrics"]["latency_p50"]["n_samples"] == bench["stats"]["rounds"]
    assert info["parameter_count"] == next(iter(run.header.parameter_counts.values()))
    for name in ("latency_quiet", "latency_p50", "latency_p99", "peak_rss", "energy_per_item"):
        metric = info["metrics"][name]
        assert {"value", "low", "high"} <= set(metric)
        assert (metric["value"] is None) == ("reason_code" in metric)
    assert info["effective"]["threads"] == "1"
    assert "test_small" in done.out.partition("benchmark: 1 tests")[2]


def test_machine_facts_stand_in_machine_info_and_versions_beside_them(sessions):
    sessions.write(test_it=MARKED).run("--benchmark-json=report.json")
    found = report(sessions)
    (run,) = sessions.runs()
    assert found["machine_info"]["scalecurve"]["hard_keys"] == dict(
        run.header.environment.hard_keys
    )
    assert found["scalecurve"]["versions"] == dict(run.header.environment.versions)
    assert found["scalecurve"]["run_files"] == [run.path]


def test_the_user_s_own_mark_is_merged_and_groups_are_made_by_it_or_by_parameters(sessions):
    sessions.write(test_it=THREE)
    assert "benchmark 'mine': 2 tests" in sessions.run().out
    assert (
        "benchmark 'params=1e4': 1 tests" in sessions.run("--benchmark-group-by=param:params").out
    )


def test_saved_figures_are_compared_without_a_word_about_the_machine(sessions):
    sessions.write(test_it=MARKED)
    assert sessions.run("--benchmark-autosave").code == 0
    done = sessions.run("--benchmark-compare", "--benchmark-sort=name")
    assert done.code == 0
    assert "test_small (NOW)" in done.out
    assert "test_small (0001_" in done.out
    assert "is different" not in done.out + done.err


def test_a_file_without_inferences_is_compared_without_a_word_about_the_machine(sessions):
    sessions.write(test_it="def test_plain(benchmark): benchmark(int)")
    assert sessions.run("--benchmark-save=plain").code == 0
    assert "scalecurve" not in next(sessions.folder.rglob("0001_plain.json")).read_text("utf-8")
    done = sessions.run("--benchmark-compare=0001")
    assert "is different" not in done.out + done.err


def test_a_comparison_of_pytest_benchmark_s_fails_as_it_does_for_others(sessions):
    sessions.write(test_it=MARKED).run("--benchmark-save=base")
    done = sessions.run(
        "--benchmark-compare=0001",
        "--benchmark-compare-fail=min:20%",
        SCALECURVE_FAKE_OPTIONS="work_us=500",
    )
    assert done.code == 1
    assert "Performance has regressed" in done.out + done.err


def test_disabled_benchmarks_run_their_case_once_and_measure_nothing(sessions):
    text = MARKED.replace("def test", "@pytest.mark.benchmark(group='x')\ndef test")
    text += "    assert inference.enabled\n\n" + MARKED.replace("test_small", "test_body").replace(
        "assert inference.value('latency_p50') > 0", "pass"
    )
    done = sessions.write(test_it=text).run("--benchmark-disable", "--junitxml=junit.xml")
    assert done.code == 0, done.out
    assert sessions.runs() == []
    assert (
        "2 cases were built, verified and run once, not measured: --benchmark-disable" in done.out
    )
    assert "benchmark: 1 tests" not in done.out


def test_a_disabled_benchmark_still_fails_where_the_outputs_are_wrong(sessions):
    text = MARKED.replace("fake.work_us=50", "fake.fault=wrong")
    done = sessions.write(test_it=text).run("--benchmark-disable")
    assert done.outcomes == {"failed": 1}
    assert "outputs_differ" in done.out


def test_side_by_side_nothing_is_measured_and_that_is_said(sessions):
    text = MARKED.replace(
        'assert inference.value("latency_p50") > 0', "assert not inference.enabled"
    )
    done = sessions.write(test_it=text).run("-n", "2")
    assert done.outcomes == {"passed": 1}, done.out
    assert sessions.runs() == []
    assert "1 case was built, verified and run once, not measured: xdist runs tests" in done.out


def test_only_benchmarks_leaves_other_tests_out(sessions):
    done = sessions.write(test_it=THREE).run("--benchmark-only")
    assert done.outcomes == {"passed": 2, "skipped": 2}
    assert len(sessions.runs()) == 1


def test_skipped_benchmarks_are_not_measured(sessions):
    done = sessions.write(test_it=THREE).run("--benchmark-skip")
    assert done.outcomes == {"passed": 1, "skipped": 3}
    assert sessions.runs() == []


def test_collecting_alone_measures_nothing(sessions):
    for option in ("--collect-only", "--setup-plan", "--setup-only"):
        sessions.write(test_it=MARKED).run(option)
        assert sessions.runs() == [], option


def test_what_could_not_be_collected_ends_the_session_before_it_measures(sessions):
    done = sessions.write(test_it=MARKED, test_broken="import nothing_of_that_name").run()
    assert done.code == 2
    assert sessions.runs() == []


def test_a_profile_is_made_as_for_others(sessions):
    done = sessions.write(test_it=MARKED).run("--benchmark-cprofile=tottime")
    assert done.outcomes == {"passed": 1}
    assert "cProfile" in done.out


def test_without_pytest_benchmark_the_fixture_works_and_says_that_there_is_no_table(sessions):
    done = sessions.write(test_it=MARKED).run("-p", "no:benchmark")
    assert done.outcomes == {"passed": 1}, done.out
    assert len(sessions.runs()) == 1
    assert "pytest-benchmark is not installed: no table of samples" in done.out


def test_other_rounds_are_another_run_and_defaults_come_from_the_command_line(sessions):
    text = MARKED + MARKED.replace("test_small", "test_more").replace("rounds=2", "rounds=1")
    text = text.replace("rounds=2, ", "")
    done = sessions.write(test_it=text).run("--inference-rounds=3", "--inference-out=out", "-q")
    assert done.code == 0
    assert sorted(run.header.rounds for run in sessions.runs("out")) == [1, 3]
    assert "done" not in done.err  # quiet: no progress


def test_the_default_folder_does_not_make_the_checkout_dirty(sessions):
    sessions.write(test_it=MARKED).run()
    assert (sessions.folder / ".scalecurve" / ".gitignore").read_text("utf-8") == "*\n"


def test_a_test_can_measure_in_its_body(sessions):
    text = f"""
def test_body(inference):
    record = inference.measure(family="mlp", params=1e4, {SETTINGS})
    assert record.parameter_count > 0

def test_nothing(inference):
    inference.record
"""
    done = sessions.write(test_it=text).run("-W", "error")
    assert done.outcomes == {"passed": 1, "failed": 1}
    assert "nothing was measured: mark the test" in done.out
    assert "benchmark: 1 tests" in done.out
