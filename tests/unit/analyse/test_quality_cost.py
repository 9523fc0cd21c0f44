from harness.analyse.quality_cost import best, cost_fronts, enough, joined
from harness.core.case import Case, Scenario, Target
from harness.core.quality import QUALITIES, Network, Quality
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.trial import Outcome, Status
from model_zoo.spec import ModelSpec

EAGER, ONNX = Target(backend="eager"), Target(backend="onnxruntime")


def spec(size, family="mlp", variant=""):
    return ModelSpec(family=family, dimensions=(("size", size),), variant=variant)


def quality(size, accuracy, *, half=0.0, family="mlp", variant=""):
    found = {
        name: Value(metric=name, value=accuracy, low=accuracy - half, high=accuracy + half)
        if accuracy is not None
        else Value(metric=name, value=None, reason=Reason(code=ReasonCode.NOT_MEASURED))
        for name in QUALITIES
    }
    network = Network(spec=spec(size, family, variant), parameter_count=size, nominal=size)
    return Quality(network=network, folds=5, values=found)


def record(size, latency, target=EAGER, **case):
    given = {"latency_quiet": latency, "peak_rss": None}
    values = {
        name: Value(metric=name, value=value)
        if value is not None
        else Value(metric=name, value=None, reason=Reason(code=ReasonCode.NOT_MEASURED))
        for name, value in given.items()
    }
    family, variant = case.pop("family", "mlp"), case.pop("variant", "")
    return Record(
        case=Case(model=spec(size, family, variant), target=target, **case),
        parameter_count=size,
        outcome=Outcome(status=Status.COMPLETED),
        values=values,
    )


def test_a_record_gets_the_quality_of_its_own_spec_on_every_target():
    found = joined([record(1, 1e-3), record(1, 2e-3, ONNX)], [quality(1, 0.9), quality(2, 0.8)])
    assert [one.values["accuracy"].value for one in found] == [0.9, 0.9]
    assert [one.values["latency_quiet"].value for one in found] == [1e-3, 2e-3]


def test_a_record_of_another_network_or_variant_is_left_out():
    trained = [quality(1, 0.9), quality(1, 0.7, variant="prune-0.5")]
    found = joined([record(3, 1e-3), record(1, 1e-3, variant="prune-0.5")], trained)
    assert [one.values["accuracy"].value for one in found] == [0.7]


def test_the_front_holds_what_no_other_beats_in_score_and_cost():
    trained = [quality(size, score) for size, score in ((1, 0.8), (2, 0.9), (3, 0.85))]
    records = joined([record(1, 1e-3), record(2, 2e-3), record(3, 3e-3)], trained)
    (fronts,) = cost_fronts(records)
    ((target, front),) = fronts
    assert target == EAGER
    assert front.metrics == ("latency_quiet", "accuracy")
    assert [one.values for one in front.members] == [(1e-3, 0.8), (2e-3, 0.9)]
    assert [one.dominated_by.model["size"] for one in front.dominated] == [2]


def test_each_target_has_a_front_of_its_own_and_batches_and_other_scenarios_none():
    several = [
        record(1, 1e-3),
        record(1, 2e-3, ONNX),
        record(1, 2e-3, batch_size=8),
        record(1, 2e-3, scenario=Scenario.OFFLINE),
    ]
    (fronts,) = cost_fronts(joined(several, [quality(1, 0.9)]))
    assert [target for target, _ in fronts] == [EAGER, ONNX]
    assert all(len(front.members) == 1 and not front.dominated for _, front in fronts)


def test_without_a_cost_there_is_no_front():
    assert list(cost_fronts(joined([record(1, None)], [quality(1, 0.9)]))) == []
    assert list(cost_fronts([])) == []


def test_the_best_is_the_smallest_of_the_highest_score():
    found = [quality(3, 0.9), quality(1, 0.8), quality(2, 0.9), quality(9, None)]
    assert best(found).network.parameter_count == 2
    assert best([quality(9, None)]) is None


def test_enough_is_the_smallest_whose_interval_reaches_the_familys_best():
    found = [
        quality(1, 0.80, half=0.02),
        quality(2, 0.88, half=0.03),
        quality(3, 0.90, half=0.01),
        quality(4, 0.89, half=0.01),
        quality(1, 0.70, half=0.01, family="cnn"),
        quality(0, 0.99, variant="prune-0.5"),
        quality(7, None, family="vit"),
    ]
    answer = enough(found)
    assert {name: one.network.parameter_count for name, one in answer.items()} == {
        "mlp": 2,
        "cnn": 1,
    }
