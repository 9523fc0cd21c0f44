"""`fit`, `budget` and `pareto` in this process, on runs that a made-up machine left."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from harness.report.format import DASH
from tests.unit.cli.law_runs import BACKENDS, SIZES, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs"))


def test_fit_prints_laws_and_where_they_cross(command, run):
    done = command("fit", run, "--metric", "latency_quiet")
    assert done.code == 0
    assert "cost = overhead + coefficient x N^exponent" in done.out
    assert "2 of 2 laws hold" in done.out
    assert "break-even: where two targets cost the same" in done.out
    assert re.search(r"mlp, eager +onnxruntime +parameters +\d+\.?\d* k \[", done.out)


def test_fit_prints_json_with_three_estimates_a_law(command, run):
    rows = json.loads(command("fit", run, "--metric", "latency_quiet", "--json").out)
    assert [row["backend"] for row in rows] == ["eager", "onnxruntime"]
    assert rows[0]["overhead"]["low"] <= 2e-4 <= rows[0]["overhead"]["high"]
    assert rows[0]["exponent"]["value"] == pytest.approx(1.0, abs=0.05)
    assert all(row["holds"] for row in rows)


def test_fit_of_too_few_sizes_is_one_line_for_all_laws(command, tmp_path):
    few = write_run(tmp_path, sizes=SIZES[:3])
    done = command("fit", few)
    assert done.code == 0
    assert done.out.count("too few sizes") == 1
    assert "each needs at least 5" in done.out
    assert "coefficient x N" not in done.out
    assert "does not hold" not in done.out
    rows = json.loads(command("fit", few, "--json").out)
    assert rows[0]["holds"] is False


def test_fit_prints_break_even_alone(command, run):
    found = json.loads(command("fit", run, "--break-even", "--json").out)
    at = [one["at"]["value"] for one in found["break_even"] if one["metric"] == "latency_quiet"]
    assert at == [pytest.approx(3e-4 / 3e-9, rel=0.05)]
    assert "pay_back" in found
    table = command("fit", run, "--break-even").out
    assert "coefficient x N" not in table


def test_fit_prints_the_statisticians_tables_where_asked_for(command, run):
    done = command("fit", run, "--metric", "latency_quiet", "--tables")
    assert "AICc" in done.out
    assert "Spearman" in done.out


def test_fit_reads_a_table(command, tmp_path):
    path = tmp_path / "table.csv"
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["n", "seconds"])
    writer.writerows([size, 2e-5 + 2e-9 * size**0.9] for size in SIZES)
    path.write_text(stream.getvalue(), encoding="utf-8")
    (law,) = json.loads(command("fit", "--csv", path, "--x", "n", "--y", "seconds", "--json").out)
    assert law["exponent"]["value"] == pytest.approx(0.9, rel=1e-2)
    assert law["holds"] is True
    assert command("fit", "--csv", path, "--x", "n", "--y", "seconds").code == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--x", "n"),
        ("--csv", "t.csv"),
        ("--csv", "t.csv", "--x", "n"),
        ("--csv", "t.csv", "--x", "n", "--y", "s", "--break-even"),
    ],
)
def test_fit_of_nothing_or_of_two_things_is_a_usage_error(command, words):
    assert command("fit", *words).code == 2


def test_fit_of_an_unknown_metric_lists_the_nearest(command, run):
    done = command("fit", run, "--metric", "latency_quite")
    assert done.code == 2
    assert "latency_quiet" in done.err


def test_fit_without_any_value_is_a_usage_error(command, run):
    done = command("fit", run, "--metric", "energy_per_item")
    assert done.code == 2
    assert "no values" in done.err


def test_runs_of_two_machines_are_not_put_together(command, tmp_path):
    one = write_run(tmp_path / "one", sizes=SIZES[:1])
    two = write_run(tmp_path / "two", sizes=SIZES[:1], cpu="Other 7")
    for words in (("fit",), ("pareto",), ("budget", "--max", "latency_quiet=1ms")):
        done = command(words[0], one, two, *words[1:])
        assert done.code == 5
        assert "cpu_model: Made Up 3000 and Other 7" in done.err


def test_budget_names_the_largest_network(command, run):
    rows = json.loads(command("budget", run, "--max", "latency_quiet=10ms", "--json").out)
    assert [row["backend"] for row in rows] == ["eager", "onnxruntime"]
    assert rows[0]["size"] == pytest.approx(9.8e-3 / 4e-9, rel=0.1)
    assert rows[1]["size"] == pytest.approx(9.5e-3 / 1e-9, rel=0.1)
    assert all(row["probability"] > 0.9 for row in rows)


def test_budget_prints_a_table(command, run):
    done = command("budget", run, "--max", "latency_quiet=10ms,artifact_bytes=1GB")
    assert done.code == 0
    assert "largest network within latency_quiet=10ms, artifact_bytes=1GB" in done.out
    assert "mlp, eager" in done.out


def test_budget_prints_sizes_of_laws_that_do_not_hold_only_where_they_are_asked_for(
    command, tmp_path
):
    words = ("budget", write_run(tmp_path, sizes=SIZES[:4]), "--max", "latency_quiet=1ms")
    shown, asked_for = command(*words).out, command(*words, "--doubtful").out
    assert "the law of latency_quiet does not hold" in shown
    assert re.search(rf"mlp, eager +{DASH} +{DASH} +{DASH} +latency_quiet {DASH} ", shown)
    assert re.search(r"mlp, eager +[0-9,]+ +[0-9.]+ %", asked_for)
    for row in json.loads(command(*words, "--json").out):
        assert row["size"] > 0
        assert row["holds"] is False


def test_budget_can_be_asked_of_some_families_and_backends(command, run):
    words = ("budget", run, "--max", "latency_quiet=10ms", "--json")
    assert len(json.loads(command(*words, "--backend", "eager").out)) == 1
    assert command(*words, "--family", "cnn").code == 2
    assert command(*words, "--backend", "egaer").code == 2


def test_budget_with_a_wrong_unit_lists_the_units(command, run):
    done = command("budget", run, "--max", "latency_quiet=10MB")
    assert done.code == 2
    assert "ns, us" in done.err


@pytest.mark.parametrize("confidence", ["0", "1", "1.5"])
def test_a_probability_of_none_or_all_is_no_question(command, run, confidence):
    words = ("budget", run, "--max", "latency_quiet=10ms", "--confidence", confidence)
    assert command(*words).code == 2


def test_nothing_that_fits_cannot_be_confirmed(command, run):
    done = command("budget", run, "--max", "latency_quiet=1us", "--confirm")
    assert done.code == 2
    assert "nothing to confirm" in done.err


def test_pareto_prints_the_front(command, run):
    found = json.loads(command("pareto", run, "--metrics", "latency_quiet,peak_rss", "--json").out)
    values = [one["values"]["latency_quiet"] for one in found["front"]]
    assert values == sorted(values)
    assert len(found["front"]) + len(found["dominated"]) == len(SIZES) * len(BACKENDS)
    assert "Pareto front of latency_quiet, peak_rss" in command("pareto", run).out


def test_pareto_of_one_metric_or_an_unknown_family_is_a_usage_error(command, run):
    assert command("pareto", run, "--metrics", "latency_quiet").code == 2
    assert command("pareto", run, "--family", "mlpp").code == 2
    assert json.loads(command("pareto", run, "--family", "cnn", "--json").out)["front"] == []
