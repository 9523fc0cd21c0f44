"""Cases keep the id that they have in runs that are published."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.case import Case, Scenario, Target
from harness.store.header import read_header
from model_zoo.spec import ModelSpec

RESULTS = Path(__file__).parents[3] / "results"
PLAIN = Case(model=ModelSpec.of("mlp", hidden_size=8), target=Target(backend="eager"))


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/*.jsonl.gz")), ids=lambda path: path.name)
def test_every_case_of_a_published_run_has_the_id_that_it_had(path):
    header = read_header(path)
    ids = {case.id for case in header.cases if not case.replica}
    assert set(header.parameter_counts) - {c.id for c in header.cases} == set()
    assert ids <= set(header.parameter_counts)


def test_ids_are_those_of_the_first_version():
    spec = ModelSpec.of(
        "mlp", classes=10, hidden_size=264, input_size=100, last_size=266, num_layers=2
    )
    case = Case(model=spec, target=Target(backend="eager"), nominal=100_000)
    assert case.id == "bfe8fbe389c6ca4f"


@pytest.mark.parametrize(
    "change",
    [
        {"processes": 2},
        {"scenario": Scenario.SERVER},
        {"scenario": Scenario.SERVER, "rate": 100.0},
        {"scenario": Scenario.SERVER, "bound": 0.01},
        {"scenario": Scenario.MULTI_STREAM},
    ],
    ids=str,
)
def test_splits_and_loads_are_cases_of_their_own(change):
    assert replace(PLAIN, **change).id != PLAIN.id


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"processes": 0}, "at least one process"),
        ({"rate": 5.0}, "only server has a rate"),
        ({"scenario": Scenario.SERVER, "rate": -1.0}, "must be finite"),
        ({"scenario": Scenario.SERVER, "bound": float("inf")}, "must be finite"),
    ],
    ids=str,
)
def test_what_no_case_can_have_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        replace(PLAIN, **change)


def test_slugs_name_split_rate_and_bound():
    server = replace(PLAIN, scenario=Scenario.SERVER, processes=2, rate=250.0, bound=0.005)
    assert server.slug.endswith("/eager-cpu-fp32-2x1/b1/server@250<0.005s")
