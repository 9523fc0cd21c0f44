import doctest
import json

import pytest

from harness.analyse.quality import qualities, training_laws
from harness.analyse.quality_cost import joined
from harness.core.case import Case, Target
from harness.core.quality import (
    QUALITIES,
    QUALITY_VERSION,
    Network,
    QualityHeader,
    QualityRun,
    Scored,
)
from harness.core.run import Environment
from harness.report import quality_table as module
from harness.report.format import DASH
from harness.report.quality_table import (
    growth_table,
    joined_table,
    quality_object,
    quality_table,
)
from harness.report.table import plain
from model_zoo.solve import solve
from model_zoo.train.curves import Curves
from model_zoo.train.recipe import Recipe
from model_zoo.train.shape import shape

SIZES = tuple(2_000 * 2**k for k in range(8))
OVERFIT = Curves(
    training_loss=(1, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1),
    validation_loss=(1, 0.5, 0.6, 0.7, 0.8, 0.8, 0.9, 0.9),
    training_accuracy=(0.5,) * 8,
    validation_accuracy=(0.5,) * 8,
    epoch_ns=(1_000_000,) * 8,
)


def made(family: str = "mlp", variant: str = "") -> QualityRun:
    """Eight sizes of one family on two folds; the smallest over-fits, the largest failed once."""
    pairs = [(solve(family, size, shape("digits", family)), size) for size in SIZES]
    if variant:
        pairs = [pairs[0], (pairs[0][0].varied(variant), SIZES[0])]
    networks = tuple(Network(spec=spec, parameter_count=size, nominal=size) for spec, size in pairs)
    header = QualityHeader(
        schema_version=QUALITY_VERSION,
        quality_id="1",
        started_at="2026-05-04T03:02:01+00:00",
        command=(),
        plan={},
        data="digits",
        items=1797,
        classes=2,
        folds=2,
        recipe=Recipe(epochs=8),
        threads=1,
        environment=Environment(host="box", system={}, cpu={}, memory_bytes=1),
        networks=networks,
    )
    scored = [
        Scored(
            digest=one.spec.digest,
            fold=fold,
            confusion=((40 + fold, 10 - fold), (5, 45)),
            curves=None if one.spec.variant else OVERFIT,
        )
        for one in networks
        for fold in range(2)
    ]
    if not variant:
        scored[-1] = Scored(digest=networks[-1].spec.digest, fold=1, failure="the loss was nan")
    return QualityRun(path="x.ndjson", header=header, scored=tuple(scored))


def test_the_examples_in_docstrings_are_true():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_row_has_scores_with_intervals_over_fitting_and_training_time():
    run = made()
    table = quality_table(run.header, qualities(run))
    assert len(table.rows) == len(SIZES)
    name, count, accuracy, _, _, after, spent = table.rows[0]
    assert (name, count, after, spent) == ("mlp-2e3", "2,000", "2", "8.00 ms")
    # 171 of 200 are right.
    assert accuracy.startswith("85.5 % [")
    assert table.title == "digits: 1,797 items, 2 classes"


def test_what_failed_and_what_is_missing_is_said_under_the_table():
    run = made()
    text = plain(quality_table(run.header, qualities(run)))
    assert "failed: the loss was nan" in text
    assert "1 folds have no score" in text


def test_a_network_without_a_score_has_a_dash_and_its_code_never_a_zero():
    run = made()
    empty = QualityRun(path="x", header=run.header, scored=())
    row = quality_table(run.header, qualities(empty)).rows[0]
    assert row[2:] == (*(f"{DASH} not_measured",) * 3, DASH, f"{DASH} not_measured")


def test_a_variant_is_named_beside_its_network():
    run = made(variant="prune-0.5")
    assert [row[0] for row in quality_table(run.header, qualities(run)).rows] == [
        "mlp-2e3",
        "mlp-2e3 prune-0.5",
    ]


def test_growth_has_a_row_a_family_and_says_whether_it_holds():
    run = made()
    laws = tuple(training_laws(qualities(run)))
    table = growth_table(laws)
    (row,) = table.rows
    assert row[:2] == ("mlp", "8")
    # Every size took the same time.
    assert row[3] == "constant"


def test_two_sizes_have_no_exponent():
    run = made(variant="prune-0.5")
    ((family, sizes, exponent, *_),) = growth_table(training_laws(qualities(run))).rows
    assert (family, sizes, exponent) == ("mlp", "1", DASH)


@pytest.fixture
def records(make_record):
    run = made()
    found = qualities(run)
    given = make_record(values={"latency_quiet": 1e-3})
    case = Case(model=run.header.networks[0].spec, target=Target(backend="eager"), nominal=2_000)
    of_same_spec = type(given)(
        case=case, parameter_count=2_000, outcome=given.outcome, values=given.values
    )
    return joined([given, of_same_spec], found)


def test_accuracy_stands_beside_each_cost_that_was_measured(records):
    table = joined_table(records)
    assert table.headings == ("case", "parameters", "accuracy", "latency_quiet")
    ((case, count, accuracy, latency),) = table.rows
    assert (case, count) == ("mlp-2e3/eager-cpu-fp32-t1/b1", "2,000")
    assert accuracy.startswith("85.5 %")
    assert latency.startswith("1.00 ms")


def test_programs_get_curves_scores_laws_and_records_that_json_can_hold(records):
    run = made()
    found = qualities(run)
    described = quality_object(run.header, found, tuple(training_laws(found)), records)
    again = json.loads(json.dumps(described, allow_nan=False))
    assert [one["digest"] for one in again["networks"]] == [
        one.spec.digest for one in run.header.networks
    ]
    first = again["networks"][0]
    assert list(first["metrics"]) == list(QUALITIES)
    assert first["metrics"]["accuracy"]["value"] == pytest.approx(171 / 200)
    assert first["overfits_after"] == 2
    assert len(first["curves"]["validation_loss"]) == 8
    assert again["recipe"]["epochs"] == 8
    assert again["training_time"][0]["family"] == "mlp"
    (record,) = again["records"]
    assert record["digest"] == first["digest"]
    assert record["metrics"]["latency_quiet"]["value"] == 1e-3
    assert record["metrics"]["peak_rss"]["value"] is None
    assert record["metrics"]["peak_rss"]["reason_code"] == "not_measured"
