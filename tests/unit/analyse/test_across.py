from harness.analyse.across import lines
from harness.core.case import Case, Target
from harness.core.comparison import Comparison, Ratio, Verdict
from model_zoo.spec import ModelSpec


def compared(size, value, half=0.05, metric="latency_quiet", family="mlp", backend="eager"):
    case = Case(model=ModelSpec.of(family, size=size), target=Target(backend=backend))
    ratio = value and Ratio(value=value, low=value * (1 - half), high=value * (1 + half))
    return Comparison(
        case=case, metric=metric, verdict=Verdict.INCONCLUSIVE, ratio=ratio, threshold=0.02
    )


def counts(*comparisons):
    return {one.case.id: one.case.model["size"] for one in comparisons}


def test_the_order_changes_between_the_last_size_of_one_and_the_first_of_the_other():
    found = [compared(10, 0.5), compared(100, 1.0), compared(1000, 2.0)]
    (line,) = lines(reversed(found), counts(*found))
    assert [pair.parameter_count for pair in line.pairs] == [10, 100, 1000]
    assert line.turns == ((10, 1000),)


def test_without_a_sure_change_there_is_no_turn():
    found = [compared(10, 0.5), compared(100, 0.99), compared(1000, 0.8)]
    (line,) = lines(found, counts(*found))
    assert line.turns == ()
    assert [pair.side for pair in line.pairs] == [-1, 0, -1]


def test_an_order_that_changes_twice_has_two_turns():
    found = [compared(10, 0.5), compared(100, 2.0), compared(1000, 0.5)]
    (line,) = lines(found, counts(*found))
    assert line.turns == ((10, 100), (100, 1000))


def test_families_targets_and_metrics_are_lines_of_their_own():
    found = [
        compared(10, 1.0),
        compared(10, 1.0, family="cnn"),
        compared(10, 1.0, backend="onnxruntime"),
        compared(10, 1.0, metric="peak_rss"),
    ]
    assert len(lines(found, counts(*found))) == 4


def test_what_has_no_ratio_or_no_known_size_is_left_out():
    known, unknown = compared(10, None), compared(100, 1.0)
    assert lines([known, unknown], counts(known)) == ()


def test_a_ratio_without_an_end_is_on_no_side():
    one = compared(10, 2.0)
    open_end = Comparison(
        case=one.case,
        metric=one.metric,
        verdict=one.verdict,
        ratio=Ratio(value=2.0, low=None, high=None),
        threshold=0.02,
    )
    (line,) = lines([open_end], counts(one))
    assert line.pairs[0].side == 0
