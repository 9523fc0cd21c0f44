"""The section of quality names what is enough, and draws it against what was measured."""

from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.case import Case, Target
from harness.core.quality import QUALITIES, QUALITY_VERSION, Network, Quality, QualityHeader, Study
from harness.core.record import Value
from harness.core.run import Environment
from harness.report.html.asked import Asked, Wishes
from harness.report.html.report import report_page
from harness.report.html.sections.quality import quality
from harness.report.machine_runs import Machine, Measured, machines
from harness.store.fake import FakeMachine, fake_header
from harness.store.read import read_run
from harness.store.write import RunWriter
from model_zoo.solve import solve
from model_zoo.train.recipe import Recipe

SIZES = (10_000, 30_000, 100_000)
SCORES = (0.90, 0.97, 0.98)


def study(scores=SCORES):
    networks = tuple(
        Network(spec=solve("mlp", size), parameter_count=size, nominal=size) for size in SIZES
    )
    header = QualityHeader(
        schema_version=QUALITY_VERSION,
        quality_id="1",
        started_at="2026-05-04T03:02:01+00:00",
        command=(),
        plan={},
        data="digits",
        items=1797,
        classes=10,
        folds=5,
        recipe=Recipe(),
        threads=1,
        environment=Environment(host="box", system={}, cpu={}, memory_bytes=1),
        networks=networks,
    )
    found = tuple(
        Quality(
            network=network,
            folds=5,
            values={
                name: Value(metric=name, value=score, low=score - 0.02, high=score + 0.02)
                for name in QUALITIES
            },
        )
        for network, score in zip(networks, scores, strict=True)
    )
    return Study(header=header, found=found)


@pytest.fixture
def machine(tmp_path) -> Machine:
    cases = tuple(
        Case(model=solve("mlp", size), target=Target(backend="eager"), nominal=size)
        for size in SIZES
    )
    with RunWriter.create(tmp_path, fake_header(cases)) as writer:
        for case in cases:
            for number in range(3):
                fake = FakeMachine(latency_ns=case.nominal, slow_share=0.0)
                writer.append_trial(fake.trial(case, number))
    run = read_run(writer.path)
    return machines([Measured(run=run, records=records(run))])[0]


def test_without_a_study_there_is_no_section(machine):
    assert quality(Asked(machine=machine, laws=(), wishes=Wishes())) is None


def test_the_smallest_network_that_reaches_the_best_is_named(machine):
    section = quality(Asked(machine=machine, laws=(), wishes=Wishes(study=study())))
    (answer,) = section.answers
    assert answer.startswith("mlp: mlp-3e4 with 30,000 parameters, 97.0 %")
    assert "the best one is mlp-1e5" in answer
    assert "3 records are of a network that was trained." in section.details
    assert {figure.name for figure in section.figures} >= {
        "quality-accuracy",
        "quality-latency_quiet",
    }
    assert len(section.tables) == 2


def test_where_only_the_best_is_enough_it_says_so(machine):
    asked = Asked(machine=machine, laws=(), wishes=Wishes(study=study((0.5, 0.6, 0.9))))
    assert quality(asked).answers[0].endswith("the best one, and no smaller one.")


def test_a_machine_that_measured_none_of_the_networks_has_scores_alone(machine):
    other = replace(machine, records=())
    section = quality(Asked(machine=other, laws=(), wishes=Wishes(study=study())))
    assert len(section.tables) == 1
    assert [figure.name for figure in section.figures] == ["quality-accuracy"]


def test_the_page_bears_the_section(machine):
    page = report_page([machine], title="t", wishes=Wishes(study=study()))
    assert "Which size is enough for digits?" in page
