import json

import pytest

from harness.core.case import Case, Target
from harness.store.fake import FakeMachine, fake_header
from harness.store.quality import read_quality
from harness.store.write import RunWriter

WORDS = (
    "--data",
    "iris",
    "--family",
    "mlp",
    "--params",
    "2e3,4e3",
    "--folds",
    "2",
    "--epochs",
    "2",
)


@pytest.fixture
def file(command, tmp_path):
    done = command("quality", *WORDS, "--out", tmp_path / "q")
    assert done.code == 0
    (path,) = (tmp_path / "q").iterdir()
    assert f"wrote {path}" in done.err
    return path


@pytest.fixture
def costs(file, tmp_path):
    """A run of the same networks, the larger of which is slower."""
    networks = read_quality(file).header.networks
    cases = tuple(
        Case(model=one.spec, target=Target(backend="eager"), nominal=one.nominal)
        for one in networks
    )
    with RunWriter.create(tmp_path / "runs", fake_header(cases)) as writer:
        for case in cases:
            machine = FakeMachine(latency_ns=1_000 * case.nominal, slow_share=0.0)
            for number in range(3):
                writer.append_trial(machine.trial(case, number))
    return writer.path


def test_networks_are_trained_and_shown_as_a_table(command, tmp_path):
    done = command("quality", *WORDS, "--out", tmp_path)
    assert done.code == 0
    assert "iris: 150 items, 3 classes" in done.out
    assert "mlp-2e3" in done.out
    assert "training time against parameter count" in done.out


def test_a_file_is_shown_again_with_the_same_scores(command, file):
    shown = json.loads(command("quality", "--show", file, "--json").out)
    assert [one["nominal"] for one in shown["networks"]] == [2000, 4000]
    assert shown["records"] == []
    counts = [sum(map(sum, one.confusion)) for one in read_quality(file).scored]
    assert sum(counts) == 2 * 150


def test_a_finished_file_is_resumed_without_harm(command, file):
    before = file.read_bytes()
    done = command("quality", "--resume", file)
    assert done.code == 0
    assert file.read_bytes() == before


def test_a_torn_file_is_shown_and_said_to_be_torn(command, file):
    file.write_bytes(file.read_bytes()[:-30])
    done = command("quality", "--show", file)
    assert done.code == 0
    assert "was torn after" in done.err
    assert "1 folds have no score" in done.out


def test_costs_of_the_same_networks_stand_beside_quality_with_their_front(command, file, costs):
    done = command("quality", "--show", file, "--costs", costs)
    assert done.code == 0
    assert "quality beside cost, of the same spec" in done.out
    assert "Pareto front of latency_quiet, accuracy on eager" in done.out
    found = json.loads(command("quality", "--show", file, "--costs", costs, "--json").out)
    assert len(found["records"]) == 2
    assert all(one["metrics"]["accuracy"]["value"] for one in found["records"])


def test_the_front_of_any_metrics_is_one_of_pareto_too(command, file, costs):
    done = command(
        *("pareto", costs, "--quality", file, "--metrics", "accuracy,latency_quiet", "--json")
    )
    assert done.code == 0
    found = json.loads(done.out)
    assert found["metrics"] == ["accuracy", "latency_quiet"]
    assert len(found["front"]) + len(found["dominated"]) == 2


def test_without_a_file_of_quality_pareto_knows_no_accuracy(command, costs):
    done = command("pareto", costs, "--metrics", "accuracy,latency_quiet")
    assert done.code == 2
    assert "no metric 'accuracy'" in done.err


def test_every_chart_that_there_is_something_for_is_written(command, file, costs, tmp_path):
    folder = tmp_path / "charts"
    done = command("quality", "--show", file, "--costs", costs, "--charts", folder)
    assert done.code == 0
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "quality-accuracy.png",
        "quality-curves.png",
        "quality-latency_quiet.png",
        "quality-artifact_bytes.png",
    }


def test_a_dry_run_names_the_networks_and_trains_none(command, tmp_path):
    done = command("quality", *WORDS, "--dry-run", "--out", tmp_path / "none")
    assert done.code == 0
    assert "2 networks, 2 folds each, 2 epochs" in done.out
    assert not (tmp_path / "none").exists()
    rows = json.loads(command("quality", *WORDS, "--dry-run", "--json").out)
    assert [row["spec"]["family"] for row in rows] == ["mlp", "mlp"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to measure"),
        (("--family", "mlp", "--params", "1e4"), "needs data"),
        (("digits", "--folds", "1"), "folds: 1: expected"),
        (("digits", "--epochs", "0"), "epochs: 0: expected"),
        (("digits", "--data", "mnist"), "no data set 'mnist'"),
        (("--show", "x.ndjson", "--folds", "3"), "--show takes everything from the file"),
        (("digits", "--resume", "x.ndjson"), "--resume takes everything from the file"),
        (("--show", "x.jsonl"), "its files end in .ndjson"),
    ],
)
def test_what_makes_no_sense_is_refused(command, words, said):
    done = command("quality", *words)
    assert done.code == 2
    assert said in done.err


def test_the_page_of_a_run_draws_quality_against_its_costs(command, file, costs, tmp_path):
    page = tmp_path / "page.html"
    done = command("report", costs, "--quality", file, "--out", page)
    assert done.code == 0
    assert "Which size is enough for iris?" in page.read_text(encoding="utf-8")
