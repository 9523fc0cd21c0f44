import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types
from sklearn import metrics

from harness.analyse.quality import (
    accuracy,
    f1,
    mean_curves,
    overfits_after,
    qualities,
    recall,
    training_laws,
)
from harness.core.quality import (
    QUALITIES,
    QUALITY_VERSION,
    Network,
    QualityHeader,
    QualityRun,
    Scored,
)
from harness.core.run import Environment
from model_zoo.solve import solve
from model_zoo.train.curves import Curves
from model_zoo.train.recipe import Recipe


def curves(validation, training=None, epoch_ns=1_000_000):
    training = tuple(training or validation)
    flat = (0.5,) * len(validation)
    return Curves(
        training_loss=training,
        validation_loss=tuple(validation),
        training_accuracy=flat,
        validation_accuracy=flat,
        epoch_ns=(epoch_ns,) * len(validation),
    )


def network(size=10_000, family="mlp", variant=""):
    spec = replace(solve(family, size), variant=variant)
    return Network(spec=spec, parameter_count=size, nominal=size)


def run_of(networks, scored, folds=5):
    header = QualityHeader(
        schema_version=QUALITY_VERSION,
        quality_id="1",
        started_at="2026-05-04T03:02:01+00:00",
        command=(),
        plan={},
        data="digits",
        items=1000,
        classes=2,
        folds=folds,
        recipe=Recipe(),
        threads=1,
        environment=Environment(host="box", system={}, cpu={}, memory_bytes=1),
        networks=tuple(networks),
    )
    return QualityRun(path="x.ndjson", header=header, scored=tuple(scored))


def scored(one, fold, confusion=((40, 10), (5, 45)), **more):
    return Scored(digest=one.spec.digest, fold=fold, confusion=confusion, **more)


answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(answers)
def test_scores_are_those_of_scikit_learn_over_the_classes_that_there_are(pairs):
    truth, given_ = (list(column) for column in zip(*pairs, strict=True))
    counts = metrics.confusion_matrix(truth, given_, labels=range(4))
    present, either = sorted(set(truth)), sorted({*truth, *given_})
    assert accuracy(counts) == pytest.approx(metrics.accuracy_score(truth, given_))
    assert recall(counts) == pytest.approx(
        metrics.recall_score(truth, given_, labels=present, average="macro", zero_division=0)
    )
    assert f1(counts) == pytest.approx(
        metrics.f1_score(truth, given_, labels=either, average="macro", zero_division=0)
    )


def test_all_folds_are_scored_together_and_not_their_mean():
    one = network()
    first, second = ((9, 1), (0, 0)), ((10, 0), (10, 10))
    found = qualities(run_of([one], [scored(one, 0, first), scored(one, 1, second)]))[0]
    assert found.values["accuracy"].value == pytest.approx(29 / 40)
    assert found.values["recall"].value == pytest.approx((19 / 20 + 10 / 20) / 2)
    assert (found.folds, found.values["accuracy"].n_samples) == (2, 40)


def test_the_interval_is_the_corrected_resampled_one():
    one = network()
    tables = [((40 + d, 10 - d), (5, 45)) for d in (0, 2, 4, -2, 1)]
    found = qualities(run_of([one], [scored(one, k, t) for k, t in enumerate(tables)]))[0]
    shares = np.array([(85 + d) / 100 for d in (0, 2, 4, -2, 1)])
    # Nadeau and Bengio: of five folds each test part is a quarter of its training part.
    half = stats.t.ppf(0.975, 4) * math.sqrt(shares.var(ddof=1) * (1 / 5 + 1 / 4))
    value = found.values["accuracy"]
    assert value.value == pytest.approx(shares.mean())
    assert (value.low, value.high) == pytest.approx((shares.mean() - half, shares.mean() + half))


def test_an_interval_never_leaves_what_a_share_can_be():
    one = network()
    tables = [((0, 50), (50, 0)), ((50, 0), (0, 50))]
    value = qualities(run_of([one], [scored(one, k, t) for k, t in enumerate(tables)]))[0]
    assert (value.values["accuracy"].low, value.values["accuracy"].high) == (0.0, 1.0)


def test_one_fold_has_no_interval():
    one = network()
    value = qualities(run_of([one], [scored(one, 0)]))[0].values["accuracy"]
    assert value.value == pytest.approx(0.85)
    assert (value.low, value.high) == (None, None)


def test_a_network_without_a_score_says_so_in_every_metric():
    one = network()
    failed = Scored(digest=one.spec.digest, fold=0, failure="the loss was nan in epoch 1")
    for done in ([], [failed]):
        found = qualities(run_of([one], done))[0]
        assert list(found.values) == list(QUALITIES)
        assert {value.value for value in found.values.values()} == {None}
        assert {str(value.reason.code) for value in found.values.values()} == {"not_measured"}
        assert found.failures == tuple(one.failure for one in done)


def test_the_order_of_the_lines_changes_nothing():
    one, other = network(), network(20_000)
    lines = [
        scored(net, fold, ((40 - fold, 10 + fold), (5, 45)), curves=curves([1.0, 0.5]))
        for net in (one, other)
        for fold in range(3)
    ]
    assert qualities(run_of([one, other], lines)) == qualities(run_of([one, other], lines[::-1]))


def test_training_time_is_the_median_epoch_as_often_as_there_were_epochs():
    one = network()
    slow = replace(curves([1.0] * 4), epoch_ns=(2_000_000, 2_000_000, 900_000_000, 2_000_000))
    done = [
        scored(one, 0, curves=slow),
        scored(one, 1, curves=curves([1.0] * 4, epoch_ns=3_000_000)),
    ]
    value = qualities(run_of([one], done))[0].values["training_time"]
    # Medians: of all eight (2, 2, 2, 3, 3, 3, 3, 900) ms it is 3 ms; of each fold 2 and 3 ms.
    assert value.value == pytest.approx(4 * 3e-3)
    assert (value.low, value.high) == pytest.approx((8e-3, 12e-3))


def test_mean_curves_are_the_mean_epoch_by_epoch():
    found = mean_curves([curves([1.0, 3.0], epoch_ns=2), curves([2.0, 5.0], epoch_ns=4)])
    assert found.validation_loss == (1.5, 4.0)
    assert found.epoch_ns == (3, 3)


FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("validation", "training", "expected"),
    [
        ([1, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], FALLING, 3),
        # It rises by less than five per cent.
        ([1, 0.5, 0.4, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41], FALLING, None),
        # Five epochs do not come after it.
        ([1, 0.9, 0.8, 0.7, 0.6, 0.1, 0.5, 0.5, 0.5, 0.5], FALLING, None),
        ([1, 0.9, 0.8, 0.7, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5], FALLING, 5),
        # It still learns to the end.
        (FALLING, FALLING, None),
        # What it learned from gets worse, too: that is no over-fitting.
        ([1, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.1] * 3 + [1.0] * 7, None),
        # The first of two equal ones.
        ([0.4, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6], FALLING, 1),
        ([0.5], [0.5], None),
    ],
)
def test_over_fitting_starts_after_the_least_validation_loss_if_all_three_hold(
    validation, training, expected
):
    assert overfits_after(curves(validation, training)) == expected


def test_training_time_grows_by_the_law_that_it_was_made_from():
    sizes = [10_000 * 2**k for k in range(8)]
    networks = [network(size) for size in sizes]
    done = [
        scored(one, 0, curves=curves([1.0, 0.5], epoch_ns=round(1e-6 * size**1.2 * 1e9)))
        for one, size in zip(networks, sizes, strict=True)
    ]
    variant = network(10_000, variant="prune-0.5")
    laws = dict(training_laws(qualities(run_of([*networks, variant], done))))
    assert list(laws) == ["mlp"]
    assert len(laws["mlp"].points) == len(sizes)
    assert laws["mlp"].exponent.value == pytest.approx(1.2, abs=0.01)


def test_nothing_trained_has_no_law():
    assert list(training_laws(qualities(run_of([network()], [])))) == []
