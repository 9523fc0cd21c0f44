"""What `search` refuses, and what it says before anything is measured."""

import json
from dataclasses import replace

import pytest

from harness.core.quality import Network, Scored
from harness.store.quality import QualityWriter
from model_zoo.solve import solve
from tests.unit.cli.law_runs import write_run
from tests.unit.store.test_quality import header

GRID = ("--family", "mlp", "--params", "1e4,1e5", "--backend", "eager", "--batch-size", "1,8")
WANTED = ("--maximise", "throughput")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of --maximise"),
        ((*WANTED, "--minimise", "latency_p50"), "give one of --maximise"),
        (("--maximise", "throughputs"), "did you mean throughput"),
        (("--minimise", "throughput"), "can be maximised only"),
        (("--maximise", "latency_p50"), "can be minimised only"),
        (("--maximise", "quiet_share"), "neither maximised nor minimised"),
        ((*WANTED, "--subject-to", "latency_p99"), "no condition"),
        ((*WANTED, "--subject-to", "latency_p99<10"), "no unit"),
        ((*WANTED, "--subject-to", "latency_p99>10ms"), "use <"),
        ((*WANTED, "--subject-to", "throughput<9/s"), "use >"),
        ((*WANTED, "--subject-to", "accuracy>0.95"), "--quality FILE"),
        ((*WANTED, "--sampler", "byes"), "did you mean bayes"),
        ((*WANTED, "--points", "0"), "--points"),
        ((*WANTED, "--minutes", "-1"), "--minutes"),
        ((*WANTED, "--finalists", "0"), "--finalists"),
        ((*WANTED, "--threads", "x"), "whole numbers"),
    ],
)
def test_a_question_that_makes_no_sense_measures_nothing(command, tmp_path, words, said):
    done = command("search", *GRID, *words, "--out", tmp_path / "runs")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_counts_the_points_and_names_the_axes(command):
    done = command("search", *GRID, *WANTED, "--dry-run")
    assert done.code == 0
    assert "parameters: 10,000, 100,000" in done.out
    assert "batch_size: 1, 8" in done.out
    assert "4 points; bayes measures 4 of them at most" in done.out
    done = command("search", *GRID, *WANTED, "--dry-run", "--json", "--points", "3")
    found = json.loads(done.out)
    assert (found["points"], found["most"], found["ruled_out"]) == (4, 3, 0)
    assert found["axes"] == {"parameters": [1e4, 1e5], "batch_size": [1.0, 8.0]}


def test_a_run_that_is_no_search_is_not_resumed_as_one(command, tmp_path):
    path = write_run(tmp_path)
    done = command("search", "--resume", path)
    assert done.code == 2
    assert "is no search" in done.err
    done = command("search", "--resume", path, *WANTED)
    assert done.code == 2
    assert "give neither" in done.err


@pytest.fixture
def quality(tmp_path):
    """Write a file in which the smaller network is right half the time, the larger always."""
    small, large = solve("mlp", 10_000), solve("mlp", 100_000)
    whole = header()
    networks = tuple(
        Network(spec=spec, parameter_count=count, nominal=count)
        for spec, count in ((small, 10_000), (large, 100_000))
    )
    head = replace(whole, networks=networks, items=4, classes=2, folds=2)
    tables = {small.digest: ((1, 1), (1, 1)), large.digest: ((2, 0), (0, 2))}
    with QualityWriter.create(tmp_path / "quality", head) as writer:
        for digest, table in tables.items():
            for fold in range(2):
                writer.write(Scored(digest=digest, fold=fold, confusion=table))
        return writer.path


def test_networks_that_are_known_to_be_too_bad_are_ruled_out(command, quality):
    words = ("search", *GRID, *WANTED, "--subject-to", "accuracy>0.9", "--quality", quality)
    done = command(*words, "--dry-run")
    assert done.code == 0, done.err
    assert "2 points; bayes measures 2 of them at most" in done.out
    assert "2 more are ruled out by the quality of their networks" in done.out
    done = command(*words, "--dry-run", "--params", "3e4,1e4")
    assert done.code == 2
    assert "no point of the plan is left" in done.err
