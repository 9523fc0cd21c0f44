# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import doctest
from dataclasses import replace
from importlib import import_module

import pytest

from harness.analyse.scaling import fit_points, laws
from harness.core.case import Precision, Target
from harness.core.scaling import Coefficient
from harness.report.format import DASH
from harness.report.laws import (
    candidate_table,
    law_name,
    law_sentence,
    law_tables,
    regression_table,
    subject_name,
)
from harness.report.table import markdown, plain
from tests.unit.analyse.scaling.known import SIZES, points, series


@pytest.fixture
def law():
    (found,) = laws(series())
    return found


def test_one_table_a_metric_and_a_row_a_law():
    records = [*series(), *series(backend="onnxruntime"), *series(metric="peak_rss")]
    first, second = law_tables(laws(records))
    assert len(first.rows) == 2
    assert len(second.rows) == 1
    assert "latency_quiet, single_stream" in first.title


def test_a_row_gives_every_number_with_its_interval(law):
    row = dict(zip(law_tables([law])[0].headings, law_tables([law])[0].rows[0], strict=True))
    assert row["overhead"].startswith("20.0 µs [")
    assert row["exponent"].startswith("0.900 [")
    assert row["form"] == "overhead + power law"
    assert row["holds"] == "yes"
    assert row["held out"].endswith(" %")
    assert "k [" in row["change point"]


def test_a_law_that_does_not_hold_says_why_below_the_table():
    (law,) = laws(series(sizes=SIZES[:5]))
    doubtful = replace(law, reasons=("it was too warm",))
    (table,) = law_tables([doubtful])
    assert table.rows[0][-1] == "NO"
    assert "0 of 1 laws hold" in table.notes
    assert "mlp, eager: it was too warm" in table.notes


def test_laws_of_too_few_sizes_have_no_row():
    enough, few = laws(series()), laws(series(sizes=SIZES[:4], backend="onnxruntime"))
    (table,) = law_tables([*enough, *few])
    assert [row[0] for row in table.rows] == ["mlp, eager"]
    assert law_tables(few) == ()


def test_without_a_law_there_are_dashes():
    (law,) = laws(series())
    (table,) = law_tables([replace(law, overhead=None, exponent=None, form=None, held_out=None)])
    assert table.rows[0][2] == table.rows[0][4] == table.rows[0][6] == table.rows[0][8] == DASH


def test_a_held_out_size_that_was_missed_by_far_is_said_as_a_factor():
    (law,) = laws(series())
    assert law.held_out is not None
    far = replace(law.held_out.predicted, value=600 * law.held_out.cost)
    wild = replace(law, held_out=replace(law.held_out, predicted=far))
    assert law_tables([wild])[0].rows[0][8] == "x 600"


def test_an_outlier_is_named_below_the_table():
    wild = points(noise=0.01, seed=3)
    wild[3] = replace(wild[3], cost=3 * wild[3].cost)
    (table,) = law_tables([fit_points(wild)])
    assert any("fitted without 316 k" in note for note in table.notes)


def test_what_is_usual_is_left_out_of_a_name(law):
    assert law_name(law) == "mlp, eager"
    unusual = replace(
        law.subject,
        variant="wide",
        batch_size=8,
        target=Target(
            backend="eager",
            device="cuda:0",
            precision=Precision.FP16,
            threads=2,
            options=(("tf32", "1"),),
        ),
    )
    assert subject_name(unusual) == "mlp, eager, wide, cuda:0, fp16, threads 2, batch 8, tf32=1"


def test_a_hostile_name_stays_text(law):
    hostile = replace(law, subject=replace(law.subject, family="<script>\x1b[31m"))
    (table,) = law_tables([hostile])
    assert "<script>" not in markdown(table)
    assert "\x1b" not in plain(table)


def test_a_sentence_says_the_law_and_that_it_holds(law):
    sentence = law_sentence(law)
    assert sentence.startswith("latency_quiet, single_stream, mlp, eager: 20.0 µs [")
    assert "exponent 0.900" in sentence
    assert "holds: the largest size, held out" in sentence


def test_a_sentence_says_that_a_law_does_not_hold():
    (law,) = laws(series(sizes=SIZES[:4]))
    assert "does NOT hold: too few sizes" in law_sentence(law)
    assert "no law" in law_sentence(fit_points(points(SIZES[:2])))


def test_numbers_of_a_table_have_no_unit():
    (table,) = law_tables([fit_points(points())])
    assert "µs" not in plain(table)


def test_the_regression_table_has_a_line_a_number():
    table = regression_table(laws(series(spread=0.02)))
    assert [row[3] for row in table.rows] == [
        "ln cost at 1e+06",
        "exponent",
        "Pearson, logarithms",
        "Spearman",
    ]
    assert {row[2] for row in table.rows} == {"8"}


def test_the_regression_table_leaves_out_laws_without_a_line():
    assert regression_table([fit_points(points(SIZES[:2]))]).rows == ()


def test_a_p_that_is_tiny_is_said_to_be(law):
    found = replace(
        law.regression,
        rows=(Coefficient(name="a", estimate=1, standard_error=0.1, t=10, p=1e-9),),
        pearson=Coefficient(name="b", estimate=1, standard_error=0.1, t=2, p=0.0421),
        r_squared=None,
    )
    rows = regression_table([replace(law, regression=found)]).rows
    assert rows[0][7] == "< 0.0001"
    assert rows[1][7] == "0.0421"
    assert rows[0][8] == DASH


def test_the_alternatives_are_listed_with_their_evidence(law):
    rows = candidate_table([law]).rows
    assert [row[2] for row in rows] == [
        "constant",
        "power law",
        "overhead + power law",
        "two regions",
    ]
    assert max(rows, key=lambda row: float(row[5]))[2] == "overhead + power law"


def test_a_throughput_is_named_as_time_per_item():
    found = replace(series()[0].case, batch_size=2)
    assert found.batch_size == 2
    (law,) = laws(series(metric="throughput_quiet"), ["throughput_quiet"])
    assert "time per item (1 / throughput_quiet)" in law_tables([law])[0].title


def test_two_throughput_bound_regions_are_said_to_be():
    (law,) = laws(series())
    steep = replace(law.regions[1])
    both = replace(law, regions=(steep, steep))
    assert "(both throughput-bound)" in plain(law_tables([both])[0])


def test_the_examples_in_the_docstrings_are_true():
    found = doctest.testmod(import_module("harness.report.laws"))
    assert found.attempted > 0
    assert found.failed == 0
