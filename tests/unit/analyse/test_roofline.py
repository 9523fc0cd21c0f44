from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.roofline import Attained, Roof, bandwidth_at, roofline
from harness.analyse.summary import without_values
from harness.core.case import Case, Precision, Scenario, Target
from harness.core.peaks import Bandwidth, Peaks
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record, Value
from harness.core.trial import Outcome, Status
from model_zoo.cost import cost
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec

MLP = solve("mlp", 1_000_000)
COSTS = cost(MLP)
MOVED = COSTS.weight_bytes + COSTS.input_bytes + COSTS.output_bytes
PEAKS = Peaks(
    device="cpu",
    threads=1,
    gemm={"fp32": 1e11, "bf16": 2e11},
    bandwidth=(
        Bandwidth(working_set=1 << 20, rate=8e10),
        Bandwidth(working_set=1 << 30, rate=1e10),
    ),
    launch=1e-6,
    by="torch",
)


def record(seconds=1e-3, case=None, status=Status.COMPLETED, **target):
    case = case or Case(model=MLP, target=Target(**{"backend": "eager", **target}))
    reason = None
    if status is not Status.COMPLETED:
        reason = Reason(code=ReasonCode.NO_CUDA_DEVICE)
    outcome = Outcome(status=status, reason=reason)
    values = dict(without_values(case, outcome))
    if seconds is not None:
        offline = case.scenario is Scenario.OFFLINE
        name = "throughput_quiet" if offline else "latency_quiet"
        value = case.batch_size / seconds if offline else seconds
        values[name] = Value(metric=name, value=value, low=value * 0.9, high=value * 1.1)
    return Record(case=case, parameter_count=1_000_000, outcome=outcome, values=values)


def only(*records, peaks=(PEAKS,)) -> Attained:
    (found,), left_out = roofline(records, peaks)
    assert left_out == ()
    return found


def test_achieved_rates_are_the_costs_of_the_zoo_over_the_time():
    found = only(record(2e-3))
    assert found.flops_per_s.value == pytest.approx(COSTS.flops / 2e-3)
    assert found.bytes_per_s.value == pytest.approx(MOVED / 2e-3)
    assert found.intensity == pytest.approx(COSTS.flops / MOVED)


def test_a_longer_time_is_a_lower_rate_so_ends_of_intervals_change_places():
    found = only(record(1e-3))
    assert found.flops_per_s.low == pytest.approx(COSTS.flops / 1.1e-3)
    assert found.flops_per_s.high == pytest.approx(COSTS.flops / 0.9e-3)


def test_throughput_of_a_batch_is_the_time_of_one_iteration():
    case = Case(model=MLP, target=Target(backend="eager"), scenario=Scenario.OFFLINE, batch_size=8)
    found = only(record(4e-3, case=case))
    assert found.seconds.value == pytest.approx(4e-3)
    assert found.seconds.low == pytest.approx(4e-3 / 1.1)
    assert found.flops == 8 * COSTS.flops


def test_the_share_is_the_slower_roof_over_the_time():
    floor = MOVED / bandwidth_at(PEAKS, COSTS.weight_bytes + COSTS.activation_bytes)
    found = only(record(2 * floor, backend="onnxruntime"))
    assert found.share.value == pytest.approx(0.5)
    assert found.bound is Roof.MEMORY
    assert found.is_explained
    assert found.attainable == pytest.approx(COSTS.flops / floor)


def test_a_batch_makes_the_arithmetic_the_bound():
    case = Case(
        model=MLP,
        target=Target(backend="onnxruntime"),
        scenario=Scenario.OFFLINE,
        batch_size=512,
    )
    found = only(record(1.0, case=case))
    assert found.bound is Roof.COMPUTE
    assert found.floors[Roof.COMPUTE] == pytest.approx(512 * COSTS.flops / 1e11)
    assert not found.is_explained


def test_starting_operations_is_a_bound_of_torch_only():
    slow = replace(PEAKS, launch=1.0)
    assert only(record(1.0), peaks=(slow,)).bound is Roof.LAUNCH
    other = only(record(1.0, backend="onnxruntime"), peaks=(slow,))
    assert Roof.LAUNCH not in other.floors


def test_half_precision_moves_half_the_bytes():
    found = only(record(1e-3, precision=Precision.BF16))
    assert found.bytes_moved == MOVED // 2
    assert found.floors[Roof.COMPUTE] == pytest.approx(COSTS.flops / 2e11)


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (record(threads=4), "no peaks were measured of cpu with 4 threads"),
        (record(precision=Precision.FP16), "no peak of fp16"),
        (record(None), "no time in the quiet state"),
        (
            record(case=Case(model=ModelSpec.of("own", size=3), target=Target(backend="eager"))),
            "its cost is not known",
        ),
        (
            record(
                None,
                case=Case(model=MLP, target=Target(backend="eager"), scenario=Scenario.OFFLINE),
            ),
            "no time in the quiet state",
        ),
    ],
)
def test_what_cannot_be_held_against_a_roof_says_why(left, why):
    attained, (found,) = roofline([left], [PEAKS])
    assert attained == ()
    assert why in found.why


def test_cases_that_did_not_complete_and_control_cases_are_left_out():
    control = record(case=Case(model=MLP, target=Target(backend="eager"), replica=1))
    assert roofline([record(status=Status.SKIPPED), control], [PEAKS]) == ((), ())


def test_bandwidth_is_read_between_two_sizes_by_their_logarithms():
    middle = bandwidth_at(PEAKS, 1 << 25)
    assert middle == pytest.approx((8e10 * 1e10) ** 0.5)


@given(st.integers(1, 1 << 40), st.integers(1, 1 << 40), st.lists(st.floats(1e9, 1e12), min_size=1))
def test_a_larger_working_set_is_never_faster(one, other, rates):
    sets = tuple(
        Bandwidth(working_set=1 << (18 + 2 * place), rate=rate) for place, rate in enumerate(rates)
    )
    peaks = replace(PEAKS, bandwidth=sets)
    small, large = sorted((one, other))
    assert bandwidth_at(peaks, small) >= bandwidth_at(peaks, large) * (1 - 1e-9)


@given(st.floats(1e-7, 10.0), st.floats(1.1, 100.0))
def test_twice_the_time_is_half_the_share(seconds, factor):
    slow, fast = only(record(seconds * factor)), only(record(seconds))
    assert fast.share.value == pytest.approx(factor * slow.share.value)
    assert slow.bound is fast.bound
