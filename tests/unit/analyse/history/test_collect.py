import math
from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.history.collect import collect, copies
from harness.core.metric import Better
from harness.store.index_row import Entry, IndexedRun, Line, Selection

DAY = 86_400.0


def entry(number: int, cores: str = "2", torch: str = "2.7", probes: int = 1) -> Entry:
    return Entry(
        path=f"{number}.jsonl",
        run=IndexedRun(
            run_id=f"run-{number}",
            probe_version=probes,
            started_at=f"2026-01-{number + 1:02}",
            time=number * DAY,
            hard_keys={"cpu_model": "Made Up 3000", "cores_available": cores},
            comparability_key=f"key-{cores}",
            versions={"torch": torch} if torch else {},
        ),
    )


def selection(entries: list[Entry], values: list[float] | None = None) -> Selection:
    count = len(entries)
    value = np.array(values or [1e-3] * count)
    line = Line(
        case_id="c1",
        case="mlp-1e4/eager-cpu-fp32-t1/b1",
        metric="latency_quiet",
        runs=np.arange(count),
        value=value,
        low=np.where(np.arange(count) == 0, math.nan, value * 0.9),
        high=np.where(np.arange(count) == 0, math.nan, value * 1.1),
    )
    return Selection(runs=dict(enumerate(entries)), lines=(line,), cases=(line.case,))


def test_equal_conditions_are_one_series_with_what_each_run_says():
    (series,) = collect(selection([entry(0), entry(1)], [1e-3, 2e-3]))
    assert (series.case, series.case_id, series.metric) == (
        "mlp-1e4/eager-cpu-fp32-t1/b1",
        "c1",
        "latency_quiet",
    )
    assert (series.unit, series.better) == ("s", Better.LOWER)
    first, second = series.points
    assert (first.value, first.low, first.high) == (1e-3, None, None)
    assert (second.value, second.low, second.high) == pytest.approx((2e-3, 1.8e-3, 2.2e-3))
    assert (second.label, second.time, second.run_id, second.path) == (
        "2026-01-02",
        DAY,
        "run-1",
        "1.jsonl",
    )
    assert series.epoch.total == 1
    assert series.epoch.differing == {}


def test_another_machine_is_another_epoch_named_by_what_differs():
    first, second = collect(selection([entry(0), entry(1, cores="4"), entry(2, cores="4")]))
    assert (first.epoch.number, second.epoch.number, second.epoch.total) == (1, 2, 2)
    assert first.epoch.key != second.epoch.key
    assert second.epoch.hard_keys == {"cpu_model": "Made Up 3000", "cores_available": "4"}
    assert (len(first.points), len(second.points)) == (1, 2)
    assert first.epoch.differing == {"cores_available": "2"}
    assert second.epoch.conditions["cpu_model"] == "Made Up 3000"


def test_machines_that_take_turns_have_each_their_series():
    entries = [entry(day, cores="24"[day % 2]) for day in range(6)]
    first, second = collect(selection(entries))
    assert [point.path for point in first.points] == ["0.jsonl", "2.jsonl", "4.jsonl"]
    assert [point.path for point in second.points] == ["1.jsonl", "3.jsonl", "5.jsonl"]


def test_a_version_begins_an_epoch_only_where_it_is_held():
    entries = [entry(0), entry(1, torch="2.8"), entry(2, torch="")]
    assert len(collect(selection(entries))) == 1
    held = collect(selection(entries), ["torch"])
    assert [series.epoch.differing for series in held] == [
        {"torch": "2.7"},
        {"torch": "2.8"},
        {"torch": "not known"},
    ]
    assert len({series.epoch.key for series in held}) == 3


def test_other_probes_begin_an_epoch_and_a_run_without_a_version_has_the_newest():
    series = collect(selection([entry(0), entry(1, probes=2), entry(2, probes=0)]))
    assert [len(one.points) for one in series] == [1, 2]
    assert series[1].epoch.differing == {"probe_version": "2"}


def test_a_copied_run_counts_once_and_is_named():
    entries = [entry(0), entry(1), replace(entry(1), path="copy.jsonl")]
    assert [point.path for point in collect(selection(entries))[0].points] == ["0.jsonl", "1.jsonl"]
    assert copies(selection(entries)) == ["copy.jsonl"]
    assert copies(selection([entry(0), entry(1)])) == []


def test_files_that_could_not_be_read_are_no_copies_of_each_other():
    broken = [Entry(path=f"{name}.jsonl", run=IndexedRun(note="torn")) for name in "ab"]
    assert copies(selection(broken)) == []


def test_values_without_a_logarithm_are_counted_and_left_out():
    (series,) = collect(selection([entry(0), entry(1), entry(2)], [1.0, 0.0, -1.0]))
    assert len(series.points) == 1
    assert series.left_out == 2


def test_an_epoch_with_nothing_but_such_values_is_an_empty_series():
    (series,) = collect(selection([entry(0)], [0.0]))
    assert series.points == ()
    assert series.left_out == 1
