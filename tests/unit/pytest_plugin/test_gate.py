from dataclasses import replace

import pytest

from harness.analyse.compare.settings import Settings
from harness.core.case import Scenario
from harness.core.comparison import Comparison, Ratio, Verdict
from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.pytest_plugin.gate import said, settings_of
from tests.unit.pytest_plugin.gates import CASES, CONTROL, FakeBaselines, FakeBench, gate, run
from tests.unit.pytest_plugin.standins import asked

SLOW = CASES[1]
EVERY = Settings(metrics=("latency_quiet", "throughput_quiet", "peak_rss", "artifact_bytes"))


def test_what_fresh_rounds_show_again_is_slower():
    bench = FakeBench(run("now", [SLOW]), run("fresh", [SLOW], cases=(SLOW, CONTROL)))
    found = gate(bench)
    assert found.verdict(SLOW, "latency_quiet").verdict is Verdict.SLOWER
    assert bench.confirmed == [SLOW.slug]


def test_what_fresh_rounds_do_not_show_again_is_not_believed():
    bench = FakeBench(run("now", [SLOW]), run("fresh", cases=(SLOW, CONTROL)))
    found = gate(bench).verdict(SLOW, "latency_quiet")
    assert found.verdict is not Verdict.SLOWER


def test_fresh_rounds_give_the_figure_of_what_looked_worse_and_nothing_else():
    bench = FakeBench(run("now", [SLOW]), run("fresh", [SLOW], factor=1.5, cases=(SLOW, CONTROL)))
    found = gate(bench)
    again, other = (found.verdict(case, "latency_quiet") for case in (SLOW, CASES[2]))
    assert abs(again.ratio.value - 1.5) < 0.01
    assert again.note == "by fresh rounds, for it looked worse at first"
    assert abs(other.ratio.value - 1.0) < 0.01
    assert other.note == ""


def test_where_fresh_rounds_give_no_value_the_first_verdict_stands():
    bench = FakeBench(run("now", [SLOW]), run("fresh", cases=(SLOW,), broken=[SLOW]))
    assert gate(bench).verdict(SLOW, "latency_quiet").verdict is Verdict.SLOWER


def test_where_the_control_moved_nothing_is_measured_again():
    bench = FakeBench(run("now", [SLOW, CONTROL]))
    assert "MOVED" in gate(bench).judged.moved
    assert bench.confirmed == []


def test_where_the_control_moved_in_the_fresh_rounds_nothing_is_proven_either():
    cases = (CASES[0], CONTROL, SLOW)
    bench = FakeBench(run("now", [SLOW]), run("fresh", [SLOW, CONTROL], cases=cases))
    assert "MOVED" in gate(bench).judged.moved


def test_runs_without_a_case_in_common_do_not_confirm_each_other():
    bench = FakeBench(run("now", [SLOW]), run("fresh", cases=(CASES[4],)))
    assert gate(bench).verdict(SLOW, "latency_quiet").note == ""


def test_equal_runs_are_not_measured_again():
    bench = FakeBench(run("now"))
    found = gate(bench)
    assert {found.verdict(case, "latency_quiet").verdict for case in CASES} == {Verdict.EQUIVALENT}
    assert bench.confirmed == []


def test_verdicts_are_worked_out_once_and_not_before_they_are_wanted():
    found = gate(FakeBench(run("now")))
    assert not found.has_judged
    assert found.judged is found.judged
    assert found.has_judged


def test_a_case_that_the_baseline_lacks_has_no_verdict():
    found = gate(FakeBench(run("now")), run("base", cases=CASES[1:]))
    assert found.verdict(CASES[0], "latency_quiet") is None
    assert found.judged.base.knows(CASES[1])
    assert not found.judged.base.knows(CASES[0])


def test_what_is_foreseen_is_looked_up_before_anything_is_measured():
    found = gate(FakeBench(run("now")))
    found.foresee([asked()])
    assert found.foreseen == [asked()]
    found.foresee([])
    assert found.foreseen == []


def test_only_metrics_of_the_scenario_are_judged():
    found = gate(FakeBench(run("now")), settings=EVERY)
    offline = replace(SLOW, scenario=Scenario.OFFLINE)
    assert found.metrics_of(SLOW) == ("latency_quiet", "peak_rss", "artifact_bytes")
    assert found.metrics_of(offline) == ("throughput_quiet", "artifact_bytes")


def test_times_as_experienced_stand_in_where_they_were_asked_for():
    found = gate(FakeBench(run("now")), settings=Settings(experienced=True))
    assert found.metrics_of(SLOW)[0] == "latency_p50"


KNOWN = Comparison(
    case=SLOW,
    metric="latency_quiet",
    verdict=Verdict.SLOWER,
    ratio=Ratio(value=1.041, low=1.026, high=1.057),
    threshold=0.02,
    p_adjusted=0.0034,
    smallest_change=0.012,
    rounds=5,
)


def test_a_verdict_says_how_sure_it_is():
    assert said(KNOWN) == (
        "slower: +4.1 % [+2.6, +5.7]; +2.0 % would matter; adjusted p 0.0034; "
        "5 rounds would have seen +1.2 %"
    )


def test_a_verdict_that_decides_nothing_says_what_would():
    undecided = replace(KNOWN, verdict=Verdict.INCONCLUSIVE, rounds_needed=9, note="unsteady")
    assert said(undecided).endswith("+1.2 %; 9 rounds would decide; unsteady")
    assert "adjusted p" not in said(undecided)


def test_without_a_figure_it_is_the_reason():
    reason = Reason(code=ReasonCode.MACHINE_UNQUIET, detail="0 of 9")
    lacking = replace(KNOWN, verdict=Verdict.INCONCLUSIVE, ratio=None, reason=reason)
    assert said(lacking) == "inconclusive: machine_unquiet: 0 of 9"


def test_a_bare_verdict_is_short():
    bare = replace(KNOWN, p_adjusted=None, smallest_change=None)
    assert said(bare) == "slower: +4.1 % [+2.6, +5.7]; +2.0 % would matter"


def test_gated_figures_can_be_named():
    assert settings_of("latency_quiet, peak_rss", experienced=False).gated == (
        "latency_quiet",
        "peak_rss",
    )
    assert settings_of(None, experienced=True).experienced


@pytest.mark.parametrize("text", ["latency_quite", "", ","])
def test_figures_that_do_not_exist_are_answered_with_those_that_do(text):
    with pytest.raises(UsageError, match=r"(did you mean|there are) .*latency_quiet"):
        settings_of(text, experienced=False)


def test_a_baseline_that_the_session_adds_to_is_said():
    found = gate(FakeBench(run("now")))
    assert found.judged.base.warnings == ()
    adding = gate(FakeBench(run("now")), baselines=FakeBaselines(run("base"), has_ours=True))
    assert "keep them apart by --inference-out" in adding.judged.base.warnings[0]
