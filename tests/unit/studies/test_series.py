"""The made-up series are what they say, and every study of history gives a figure."""

import numpy as np
import pytest

from tests.bench.row import Setting
from tests.studies import history_false, history_step, index
from tests.studies.series import MODELS, SPREAD, series, with_step


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_has_the_spread_the_dependence_and_the_spikes_that_it_names(model):
    values = np.log(series(np.random.default_rng(1), model, 20_000))
    spikes = np.mean(values > 5 * SPREAD)
    assert spikes == pytest.approx(model.spikes, abs=0.004)
    calm = np.clip(values, -4 * SPREAD, 4 * SPREAD)
    if not model.spikes:
        assert calm.std() == pytest.approx(SPREAD, rel=0.05)
        found = np.corrcoef(calm[1:], calm[:-1])[0, 1]
        assert found == pytest.approx(model.dependence, abs=0.03)


def test_a_step_raises_the_last_values_alone():
    assert with_step(np.ones(5), 2, 0.5).tolist() == [1, 1, 1, 1.5, 1.5]


@pytest.mark.parametrize("study", [history_false, history_step], ids=["false", "step"])
def test_a_study_gives_a_figure_whatever_it_is(study, tmp_path):
    row = study.measure(Setting(cache=tmp_path, folder=tmp_path, divisor=1_000))
    assert row.figure.partition("%")[1]
    assert len(row.detail.splitlines()) >= 9


def test_the_study_of_the_index_says_what_it_timed(tmp_path):
    row = index.measure(Setting(cache=tmp_path, folder=tmp_path, divisor=500))
    assert row.figure.startswith("built in ")
    assert "2,000 records of " in row.detail
