"""Networks of the user's own under pytest, and real ones: with torch, which takes its time."""

import pytest

from tests.integration.pytest_sessions import Sessions

NETWORKS = """
import torch

def small():
    return torch.nn.Linear(16, 4), (torch.randn(1, 16),)
"""
OWN = """
import pytest
import networks

QUICK = dict(rounds=1, seconds=0.05)

@pytest.mark.inference(module="networks:small", **QUICK)
def test_marked(inference):
    assert inference.record.parameter_count == 16 * 4 + 4

def test_in_body(inference):
    assert inference.network(networks.small, **QUICK).parameter_count == 16 * 4 + 4
"""
REFUSED = """
import pytest

def test_lambda(inference):
    inference.network(lambda: None)

def test_closure(inference):
    def tiny():
        return None
    inference.network(tiny)

def test_nowhere(inference):
    inference.network("networks:nothing_of_that_name", rounds=1, seconds=0.05)

def test_no_reference(inference):
    inference.network("networks.py")
"""
EAGER = """
import pytest

@pytest.mark.inference(family="mlp", params=1e4, rounds=1, seconds=0.05)
def test_eager(inference):
    assert inference.value("latency_p50") > 0
    assert inference.value("peak_rss") > 1e7
"""


@pytest.fixture
def sessions(tmp_path, environment):
    return Sessions(tmp_path, environment)


def test_a_network_of_one_s_own_is_measured_by_its_reference_in_processes_of_its_own(sessions):
    done = sessions.write(networks=NETWORKS, test_own=OWN).run("-p", "no:cacheprovider")
    assert done.outcomes == {"passed": 2}, done.out + done.err
    assert "benchmark: 2 tests" in done.out
    assert "SCALECURVE_IMPORT_PATHS" not in done.out


def test_what_no_process_could_import_is_refused_with_the_rewrite(sessions):
    done = sessions.write(networks=NETWORKS, test_own=REFUSED).run("-W", "error")
    assert done.outcomes == {"failed": 4}, done.out
    assert 'inference.network("networks:network")' in done.out
    assert 'inference.network("networks:tiny")' in done.out
    assert "networks has no 'nothing_of_that_name'" in done.out
    assert "'networks.py' is not of the form package.module:factory" in done.out
    assert "Traceback" not in done.out


def test_a_network_of_the_zoo_is_measured_by_eager_execution_where_nothing_else_is_said(sessions):
    done = sessions.write(test_eager=EAGER).run("-W", "error")
    assert done.outcomes == {"passed": 1}, done.out + done.err
    (run,) = sessions.runs()
    assert {case.target.backend for case in run.header.cases} == {"eager"}
