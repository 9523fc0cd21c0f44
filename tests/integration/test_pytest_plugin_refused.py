"""What the pytest plugin skips, fails and refuses, and what it leaves alone."""

import sys

import pytest

from tests.integration.pytest_sessions import MARKED, Sessions, report


@pytest.fixture
def sessions(tmp_path, environment):
    return Sessions(tmp_path, environment)


def test_a_case_that_cannot_be_measured_here_is_skipped_with_its_reason(sessions):
    text = MARKED.replace("backend='fake'", "backend='fake', device='cuda'")
    done = sessions.write(test_it=text).run("-rs", "-W", "error")
    assert done.outcomes == {"skipped": 1}
    assert "no_cuda_device" in done.out


def test_a_case_that_failed_is_a_failing_test_with_reason_and_traceback(sessions):
    text = MARKED.replace("fake.work_us=50", "fake.fault=raise")
    done = sessions.write(test_it=text).run(
        "--benchmark-json=report.json", "--junitxml=junit.xml", "-W", "error"
    )
    assert done.outcomes == {"failed": 1}
    assert sessions.junit() == {"test_small": ["failure"]}
    assert "worker_error: RuntimeError: the fault that was asked for\nTraceback" in done.out
    assert report(sessions)["benchmarks"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MARKED.replace("mlp", "mpl"), "test_it.py::test_small: family: no family 'mpl'"),
        (MARKED.replace("rounds", "runds"), "unknown setting 'runds'; did you mean rounds"),
        (MARKED.replace("(inference)", "()"), "take the fixture: def test_small(inference)"),
        (MARKED.replace("params=1e4", "params=[1e4]"), "parametrize"),
    ],
)
def test_what_does_not_exist_ends_the_session_in_one_line_before_it_measures(sessions, text, told):
    done = sessions.write(test_it=text).run()
    assert done.code == 4
    assert told in done.err
    assert "Traceback" not in done.out + done.err
    assert sessions.runs() == []


def test_a_folder_that_cannot_be_written_ends_the_session_in_one_line(sessions):
    (sessions.folder / "out").write_text("a file", encoding="utf-8")
    done = sessions.write(test_it=MARKED).run("--inference-out=out")
    assert done.code == 4
    assert "ERROR: inference: " in done.err
    assert "Traceback" not in done.out + done.err


def test_a_clock_of_the_user_s_own_is_refused_in_one_line(sessions):
    text = MARKED.replace("def test", "@pytest.mark.benchmark(timer=float)\ndef test")
    done = sessions.write(test_it=text).run()
    assert "inference has a clock of its own: take `timer` out" in done.out
    assert "Traceback" not in done.out


def test_a_mark_of_the_same_name_with_another_meaning_is_left_alone(sessions):
    text = """
import pytest

@pytest.fixture
def inference():
    return 3

@pytest.mark.inference
def test_marked():
    pass

@pytest.mark.inference(kind="fast")
def test_fixture(inference):
    assert inference == 3
"""
    assert sessions.write(test_it=text).run("-W", "error").outcomes == {"passed": 2}


def test_loading_the_plugin_imports_neither_torch_nor_numpy_nor_the_harness(sessions):
    text = """
import sys

def test_it(pytestconfig):
    assert pytestconfig.pluginmanager.hasplugin("pytest_scalecurve")
    assert not {"torch", "numpy", "harness", "model_zoo"} & set(sys.modules)
"""
    done = sessions.write(test_it=text).run()
    assert done.outcomes == {"passed": 1}, done.out


@pytest.mark.parametrize("name", ["harness", "model_zoo"])
def test_a_folder_of_the_user_s_that_took_our_name_breaks_only_what_measures(sessions, name):
    (sessions.folder / name).mkdir()
    (sessions.folder / name / "__init__.py").write_text("", encoding="utf-8")
    assert sessions.write(test_it="def test_it(): pass").run().outcomes == {"passed": 1}
    done = sessions.write(test_it=MARKED).run()
    assert done.code == 4
    assert "shadows" in done.err
    assert "Traceback" not in done.out + done.err


def test_the_mark_and_the_options_are_documented_in_pytest_s_own_help(sessions):
    assert "@pytest.mark.inference(family, params" in sessions.run("--markers").out
    assert "--inference-baseline=PATH" in sessions.run("--help").out
    assert "inference" in sessions.run("--fixtures").out


def test_the_entry_point_is_the_module_that_needs_nothing():
    assert "pytest_scalecurve" in sys.modules
