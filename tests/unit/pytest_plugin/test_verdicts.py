from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.analyse.compare.settings import Settings
from harness.core.errors import NotComparable
from harness.pytest_plugin.inference import INFERENCE
from harness.pytest_plugin.verdicts import Undecided, VerdictFile, Worse, verdict_items
from pytest_scalecurve import InferenceWarning
from tests.unit.pytest_plugin.gates import CASES, CONTROL, FakeBench, gate, run
from tests.unit.pytest_plugin.standins import asked, item_with

SLOW = CASES[1]
EVERY = Settings(metrics=("latency_quiet", "throughput_quiet", "peak_rss"))
WORSE = (run("now", [SLOW]), run("fresh", [SLOW], cases=(SLOW, CONTROL)))


def foreseen(*cases):
    return [replace(asked(), case=case) for case in cases]


def items(request, found, *cases, dynamic=()):
    found.foreseen = foreseen(*cases)
    return verdict_items(request.session, found, dynamic)


def of(request, found, case, metric="latency_quiet"):
    name = f"{case.slug} {metric}"
    return next(item for item in items(request, found, case) if item.name == name)


def judged(*bench, **settings):
    found = gate(FakeBench(*bench), **settings)
    assert found.judged.base.runs
    return found


def test_there_is_one_test_for_each_gated_figure_of_each_case_once(request):
    found = judged(run("now"), settings=EVERY)
    names = [item.nodeid for item in items(request, found, *CASES[:2], CASES[0])]
    assert names == [
        f"inference-baseline::{case.slug} {metric}"
        for case in CASES[:2]
        for metric in ("latency_quiet", "peak_rss")
    ]


def ended(item):
    """Run a test of the plugin's; say how it ended."""
    try:
        item.runtest()
    except Worse:
        return "worse"
    return "passed"


def test_what_got_worse_fails_with_one_sentence(request):
    item = of(request, judged(*WORSE), SLOW)
    assert ended(item) == "worse"
    with pytest.raises(Worse, match=r"latency_quiet is slower: \+\d+\.\d %") as caught:
        item.runtest()
    assert item.repr_failure(caught) == str(caught.value)


def test_what_is_equivalent_passes(request):
    assert ended(of(request, judged(run("now")), SLOW)) == "passed"


def test_what_got_faster_passes(request):
    assert ended(of(request, judged(run("now", [SLOW], factor=0.7)), SLOW)) == "passed"


def test_what_decides_nothing_is_a_warning(request):
    base = run("base", [SLOW], factor=1.0)
    found = judged(run("now", [SLOW], factor=1.02), base=base)
    with pytest.warns(InferenceWarning, match="latency_quiet is inconclusive"):
        of(request, found, SLOW).runtest()


def test_what_decides_nothing_is_a_failure_where_strict(request):
    found = judged(run("now", [SLOW], factor=1.02), is_strict=True)
    item = of(request, found, SLOW)
    with pytest.raises(Undecided, match="latency_quiet is inconclusive") as caught:
        item.runtest()
    assert item.repr_failure(caught) == str(caught.value)


def test_where_the_control_moved_no_verdict_is_believed(request):
    found = judged(run("now", [SLOW, CONTROL]), run("fresh", [SLOW, CONTROL]))
    with pytest.warns(InferenceWarning, match="the run proves nothing: .*MOVED"):
        of(request, found, SLOW).runtest()


def test_what_failed_is_skipped_for_its_own_test_has_failed_already(request):
    with pytest.raises(pytest.skip.Exception, match="was not measured: worker_crashed"):
        of(request, judged(run("now", broken=[SLOW])), SLOW).runtest()


def test_what_the_baseline_lacks_is_skipped_and_said(request):
    found = judged(run("now"), base=run("base", cases=CASES[1:]))
    with pytest.raises(pytest.skip.Exception, match="the baseline does not have this case"):
        of(request, found, CASES[0]).runtest()


def test_what_neither_side_could_measure_is_skipped_and_said(request):
    with pytest.raises(pytest.skip.Exception, match="does not have a value of peak_rss"):
        of(request, judged(run("now"), settings=EVERY), SLOW, "peak_rss").runtest()


def test_a_case_measured_in_a_test_s_body_has_one_test_for_all_its_figures(request):
    test = item_with()
    found = judged(*WORSE)
    (item,) = items(request, found, dynamic=[test])
    assert item.name == "in test_it.py::test_it"
    record = found.bench.of(foreseen(SLOW)[0]).record
    test.stash[INFERENCE] = SimpleNamespace(is_measured=True, record=record)
    with pytest.raises(Worse, match="latency_quiet is slower"):
        item.runtest()


@pytest.mark.parametrize("inference", [None, SimpleNamespace(is_measured=False)])
def test_a_test_that_measured_nothing_has_no_verdict(request, inference):
    test = item_with()
    if inference is not None:
        test.stash[INFERENCE] = inference
    (item,) = items(request, judged(run("now")), dynamic=[test])
    with pytest.raises(pytest.skip.Exception, match="measured nothing"):
        item.runtest()


def test_our_errors_are_shown_without_the_way_that_led_to_them(request):
    item = of(request, judged(run("now")), SLOW)
    with pytest.raises(NotComparable) as caught:
        raise NotComparable("another machine")
    assert item.repr_failure(caught) == "another machine"


def test_any_other_error_is_shown_in_full(request):
    item = of(request, judged(run("now")), SLOW)
    with pytest.raises(ZeroDivisionError) as caught:
        assert 1 / 0
    assert "ZeroDivisionError" in str(item.repr_failure(caught))


def test_their_place_is_the_baseline(request):
    item = of(request, judged(run("now")), SLOW)
    assert item.location == ("inference-baseline", 0, item.name)
    assert isinstance(item.parent, VerdictFile)
    assert list(item.parent.collect()) == []
