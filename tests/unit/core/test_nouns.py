from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Case, Scenario, Target, parse_device
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.core.task import Sampling
from model_zoo.spec import ModelSpec

CASE = Case(model=ModelSpec.of("mlp", hidden_size=8), target=Target(backend="eager"))


@pytest.mark.parametrize(
    "change",
    [
        {"model": ModelSpec.of("mlp", hidden_size=9)},
        {"model": replace(CASE.model, variant="int8-static")},
        {"target": replace(CASE.target, backend="torchscript")},
        {"target": replace(CASE.target, device="cuda:0")},
        {"target": replace(CASE.target, threads=2)},
        {"target": replace(CASE.target, options=(("tf32", "1"),))},
        {"scenario": Scenario.OFFLINE},
        {"batch_size": 8},
        {"replica": 1},
    ],
    ids=str,
)
def test_what_would_make_two_cases_unequal_changes_the_id(change):
    assert replace(CASE, **change).id != CASE.id


def test_the_size_that_was_asked_for_is_no_part_of_the_identity():
    assert replace(CASE, nominal=1_000_000).id == CASE.id


def test_slugs_are_readable():
    assert replace(CASE, nominal=1_000_000).slug == "mlp-1e6/eager-cpu-fp32-t1/b1"
    control = replace(CASE, nominal=100_000, scenario=Scenario.OFFLINE, replica=1)
    assert control.slug == "mlp-1e5/eager-cpu-fp32-t1/b1/offline/control"


@pytest.mark.parametrize(("text", "device"), [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:3",) * 2])
def test_devices_have_one_spelling(text, device):
    assert parse_device(text) == device


@given(st.text().filter(lambda text: not text.startswith("cuda") and text != "cpu"))
def test_any_other_device_is_refused(text):
    with pytest.raises(ValueError, match="expected 'cpu', 'cuda'"):
        parse_device(text)


def test_a_target_needs_a_thread():
    with pytest.raises(ValueError, match="at least one thread"):
        Target(backend="eager", threads=0)


def test_options_are_sorted_and_named_once():
    with pytest.raises(ValueError, match="sorted"):
        Target(backend="eager", options=(("b", "1"), ("a", "1")))


def test_a_batch_needs_an_item():
    with pytest.raises(ValueError, match="at least one item"):
        replace(CASE, batch_size=0)


def test_sampling_needs_time():
    with pytest.raises(ValueError, match="min_seconds"):
        Sampling(min_seconds=2, max_seconds=1)


def test_a_value_is_null_exactly_where_it_has_a_reason():
    reason = Reason(code=ReasonCode.NOT_MEASURED)
    with pytest.raises(ValueError, match="null exactly where"):
        Value(metric="latency_p50", value=None)
    with pytest.raises(ValueError, match="null exactly where"):
        Value(metric="latency_p50", value=0.0, reason=reason)


def test_every_metric_has_a_unit_of_si_without_a_prefix():
    assert {metric.unit for metric in METRICS.values()} <= {"s", "B", "J", "W", "1/s", "1"}


def test_reasons_read_as_one_line():
    assert str(Reason(code=ReasonCode.NOT_MEASURED)) == "not_measured"
    assert str(Reason(code=ReasonCode.OUT_OF_MEMORY, detail="x")) == "out_of_memory: x"
