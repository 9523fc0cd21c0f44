# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import pytest

from harness.analyse.break_even import batch_break_evens, break_evens
from harness.analyse.scaling import laws
from harness.core.case import Scenario
from harness.core.choice import Axis
from tests.unit.analyse.scaling.known import SIZES, record, series

LIGHT = (1e-6, 4e-9, 0.9)
"""A small overhead and a dear item."""
HEAVY = (1e-4, 1e-9, 0.9)
CROSSING = ((1e-4 - 1e-6) / 3e-9) ** (1 / 0.9)


def test_a_light_and_a_heavy_runtime_break_even_where_their_laws_cross():
    records = series(LIGHT, backend="eager") + series(HEAVY, backend="onnxruntime")
    (found,) = break_evens(laws(records))
    assert found.axis is Axis.PARAMETER_COUNT
    assert found.at.value == pytest.approx(CROSSING, rel=0.02)
    assert found.at.low < CROSSING < found.at.high
    assert found.cheaper_below.backend == "eager"
    assert found.cheaper_above.backend == "onnxruntime"
    assert not found.is_extrapolated


def test_swapping_the_two_changes_only_their_names():
    one = series(LIGHT, backend="eager")
    two = series(HEAVY, backend="onnxruntime")
    (first,), (second,) = break_evens(laws(one + two)), break_evens(laws(two + one))
    assert first.at.value == pytest.approx(second.at.value)
    assert first.cheaper_below == second.cheaper_below


def test_one_that_is_cheaper_everywhere_has_no_break_even_size():
    records = series(LIGHT, backend="eager") + series((2e-6, 9e-9, 0.9), backend="onnxruntime")
    (found,) = break_evens(laws(records))
    assert found.at is None
    assert found.cheaper_below.backend == found.cheaper_above.backend == "eager"


def test_two_that_cost_the_same_cannot_be_told_apart():
    records = series(LIGHT, backend="eager") + series(LIGHT, backend="onnxruntime")
    (found,) = break_evens(laws(records))
    assert (found.at, found.cheaper_below) == (None, None)
    assert "cannot be told apart" in found.note


def test_a_break_even_beyond_the_sizes_is_said_to_be_extrapolated():
    beyond = (3e-2, 1e-9, 0.9)
    records = series(LIGHT, backend="eager") + series(beyond, backend="onnxruntime", sizes=SIZES)
    (found,) = break_evens(laws(records))
    assert found.at.value > SIZES[-1]
    assert found.is_extrapolated


def test_a_law_that_does_not_hold_is_named():
    short = SIZES[:4]
    records = series(LIGHT, backend="eager", sizes=short) + series(HEAVY, backend="onnxruntime")
    (found,) = break_evens(laws(records))
    assert "the law of eager does not hold" in found.note


def test_laws_without_common_sizes_are_not_compared():
    records = series(LIGHT, sizes=SIZES[:4]) + series(HEAVY, backend="onnxruntime", sizes=SIZES[4:])
    assert break_evens(laws(records)) == ()


def test_different_families_or_metrics_are_not_compared():
    records = (
        series(LIGHT)
        + series(HEAVY, backend="onnxruntime", family="cnn")
        + series(HEAVY, backend="onnxruntime", metric="peak_rss")
    )
    assert break_evens(laws(records)) == ()


def offline(backend, batch, rate, **changes):
    return record(
        1e6,
        {"throughput_quiet": rate},
        backend=backend,
        batch_size=batch,
        scenario=Scenario.OFFLINE,
        **changes,
    )


def test_batch_sizes_break_even_between_those_that_were_measured():
    records = [
        *(offline("eager", batch, 100.0) for batch in (1, 4, 16)),
        *(
            offline("onnxruntime", batch, rate)
            for batch, rate in ((1, 50.0), (4, 100.1), (16, 200.0))
        ),
    ]
    (found,) = batch_break_evens(records)
    assert found.axis is Axis.BATCH_SIZE
    assert found.size == 1_000_000
    assert found.at.value == pytest.approx(4, rel=0.02)
    assert found.at.low < 4 < found.at.high
    assert found.cheaper_below.backend == "eager"


def test_one_batch_size_is_no_axis():
    assert batch_break_evens([offline("eager", 2, 1.0), offline("onnxruntime", 2, 2.0)]) == ()


def test_control_cases_are_not_compared():
    records = [
        *(offline("eager", batch, 100.0) for batch in (1, 4)),
        *(offline("onnxruntime", batch, 50.0 * batch, replica=1) for batch in (1, 4)),
    ]
    assert batch_break_evens(records) == ()
