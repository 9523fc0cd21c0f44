import numpy as np
import pytest

from harness.analyse.history.changes import find_changes
from harness.analyse.history.series import FEWEST, Epoch, Point, Series
from harness.analyse.history.step import WATCH
from harness.core.comparison import Verdict
from harness.core.metric import Better
from tests.unit.analyse.runs import known


def series(values: list[float], better: Better = Better.LOWER) -> Series:
    return Series(
        case="mlp-1e4/eager-cpu-fp32-t1/b1",
        case_id="1",
        metric="latency_quiet",
        unit="s",
        better=better,
        epoch=Epoch(),
        points=tuple(
            Point(time=float(day), label=str(day), value=value) for day, value in enumerate(values)
        ),
    )


def stepped(factor: float, count: int = 15) -> list[float]:
    noise = np.exp(np.random.default_rng(1).normal(0, 0.002, 2 * count))
    return (noise * np.repeat([1e-3, 1e-3 * factor], count)).tolist()


def test_a_change_has_its_size_its_interval_and_its_levels():
    (change,) = find_changes(series(stepped(1.1))).changes
    assert known(change.ratio.low) < 1.1 < known(change.ratio.high)
    assert change.ratio.value == pytest.approx(change.level_after / change.level_before)
    assert change.level_before == pytest.approx(1e-3, rel=0.01)
    assert (change.before, change.place, change.after) == (14, 15, 15)


@pytest.mark.parametrize(
    ("factor", "better", "direction", "verdict"),
    [
        (1.1, Better.LOWER, "up", Verdict.SLOWER),
        (0.9, Better.LOWER, "down", Verdict.FASTER),
        (1.1, Better.HIGHER, "up", Verdict.FASTER),
        (0.9, Better.HIGHER, "down", Verdict.SLOWER),
        (1.1, Better.NEITHER, "up", None),
    ],
)
def test_what_costs_more_is_slower_in_any_unit(factor, better, direction, verdict):
    (change,) = find_changes(series(stepped(factor), better)).changes
    assert (change.direction, change.verdict) == (direction, verdict)


@pytest.mark.parametrize("count", [0, 1, 3, FEWEST - 1])
def test_too_few_points_say_nothing(count):
    history = find_changes(series([1.0] * count))
    assert not history.is_long_enough
    assert history.changes == ()


def test_as_few_points_as_can_say_anything_do():
    history = find_changes(series([1.0] * 4 + [2.0] * 4))
    assert history.is_long_enough
    assert [change.place for change in history.changes] == [4]
    assert history.changes[0].ratio.value == pytest.approx(2)


def test_the_floor_is_kept_with_the_answer():
    history = find_changes(series(stepped(1.03)), floor=0.05)
    assert history.floor == 0.05
    assert history.changes == ()


def test_the_sensitivity_is_the_callers():
    weak = [
        series((np.exp(np.random.default_rng(seed).normal(0, 0.01, 40)) * late).tolist())
        for seed in range(30)
        for late in [np.repeat([1.0, 1.025], [32, 8])]
    ]
    alerts = sum(len(find_changes(one).changes) for one in weak)
    assert sum(len(find_changes(one, WATCH).changes) for one in weak) > alerts
