import pytest

from harness.analyse.compare.rules import RULES, cost_sign
from harness.analyse.compare.settings import GATED, WATCHED, Settings
from harness.analyse.trial_values import PER_TRIAL
from harness.core.metric import METRICS


def test_as_experienced_other_metrics_stand_in_for_those_of_the_quiet_state():
    assert Settings().gated == ("latency_quiet", "throughput_quiet")
    assert Settings(experienced=True).gated == ("latency_p50", "throughput")


def test_gated_metrics_come_first_and_none_twice():
    settings = Settings(metrics=("peak_rss", "latency_quiet"))
    assert settings.compared[:2] == ("peak_rss", "latency_quiet")
    assert len(set(settings.compared)) == len(settings.compared)


@pytest.mark.parametrize("name", ["threshold", "false_discovery", "equivalence", "power"])
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1])
def test_shares_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})


def test_a_metric_without_a_rule_is_refused_and_those_with_one_are_named():
    with pytest.raises(ValueError, match=r"quiet_share; there are .*latency_quiet"):
        Settings(metrics=("quiet_share",))


def test_every_rule_is_of_a_metric_and_what_is_compared_by_default_has_one():
    assert {*RULES} <= {*METRICS}
    assert {*GATED, *WATCHED} <= {*RULES}


def test_every_metric_with_a_value_a_trial_has_a_rule():
    assert {*PER_TRIAL} <= {*RULES}


def test_more_of_a_rate_costs_less():
    assert cost_sign("throughput") == cost_sign("throughput_quiet") == -1
    assert cost_sign("latency_quiet") == cost_sign("peak_rss") == 1
