"""The mechanics of studies: rows and their choice. No figure is judged."""

from __future__ import annotations

import numpy as np
import pytest

from harness.core.comparison import Verdict
from tests.studies.__main__ import main
from tests.studies.made_up import cases, count, verdicts
from tests.studies.noise import MODELS, trial_logs
from tests.studies.rows import PROGRAM, ROWS


def test_every_study_has_a_module_that_measures_it():
    assert all(callable(PROGRAM.load(name)) for name in ROWS)


def test_the_command_lists_its_studies(capsys):
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()] == list(ROWS)


def test_an_unknown_study_names_the_nearest(capsys):
    assert main(["coverag"]) == 2
    assert "coverage" in capsys.readouterr().err


def test_made_up_cases_differ():
    assert len({case.id for case in cases(50)}) == 50


def test_a_made_up_slowdown_is_one():
    rng = np.random.default_rng(1)
    base = rng.normal(0, 0.003, (20, 5))
    found = verdicts(base, base + 0.1)
    assert count(found, Verdict.SLOWER) == 20


@pytest.mark.parametrize("noise", MODELS)
def test_made_up_trials_spread_at_least_as_processes_do(noise):
    logs = trial_logs(np.random.default_rng(2), noise, (20_000,))
    assert noise.between <= logs.std() * 1.02
    assert logs.std() < noise.between + 0.005
