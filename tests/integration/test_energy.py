"""Energy end to end: right by a counter whose truth is known, and null where there is none."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from time import perf_counter_ns

import pytest

from harness.analyse.records import records
from harness.analyse.spent import spent_in
from harness.core.energy import Domain, WindowState
from harness.core.reason import ReasonCode
from harness.core.trial import Pass, Status
from harness.meters.energy.window import count
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.integration.runs import short_plan
from tests.powercap import tree
from tests.powercap.player import Score, playing, staleness
from tests.powercap.trace import Trace

PERIOD_NS = 5_000_000
RANGE_UJ = 60_000_000
"""60 J: at 40 W the counter begins again every 1.5 s."""
PACKAGE_MW, DRAM_MW = 40_000, 6_000
ENERGY = ("energy_per_item", "power_mean")


@pytest.fixture
def score(tmp_path) -> Score:
    """Write one package and its memory, as a machine has them."""
    root = tmp_path / "host"
    limits = (100_000_000,)
    zones = (("intel-rapl:0", "package-0", PACKAGE_MW), ("intel-rapl:0:0", "dram", DRAM_MW))
    counters = {}
    start = perf_counter_ns()
    for folder, name, milliwatts in zones:
        path = tree.zone(root, folder, name, range_uj=RANGE_UJ, limits_uw=limits) / "energy_uj"
        counters[str(path)] = Trace(start_ns=start, levels=((1_000_000_000, milliwatts),))
    log = str(tmp_path / "log")
    return Score(counters=counters, range_uj=RANGE_UJ, period_ns=PERIOD_NS, log=log)


@pytest.fixture
def counted(score, tmp_path, places) -> Places:
    """Have a machine whose counters are there to be read; they move where a player moves them."""
    assert score.counters
    return replace(places, sysfs_root=tmp_path / "host")


@pytest.mark.slow
def test_the_energy_of_a_run_is_that_of_the_trace_within_its_stated_bound(
    score, counted, tmp_path, listener
):
    plan = short_plan(rounds=1, control=False, memory=False)
    with playing(score, tmp_path):
        run = read_run(begin(plan, ["run"], counted, listener))
    (trial,) = [trial for trial in run.trials if trial.kind is Pass.ENERGY]
    energy = trial.energy
    assert energy is not None, trial.outcome
    traces = dict(zip((Domain.CPU_PACKAGE, Domain.DRAM), score.counters.values(), strict=True))
    for counter in energy.counters:
        trace = traces[counter.domain]
        for first, last in zip(energy.windows.first, energy.windows.last, strict=True):
            found = count(counter, first, last)
            ends = counter.at_ns[first], counter.at_ns[last]
            truth = (trace.energy_uj(ends[1]) - trace.energy_uj(ends[0])) * 1e-6
            watts = trace.levels[0][1] * 1e-3
            # Where this machine let the player oversleep, the stand-in itself was that late.
            late_ns = sum(max(0, staleness(tmp_path / "log", at) - PERIOD_NS) for at in ends)
            bound = found.bound_j(1e-6, found.power(1e-6)) + late_ns * 1e-9 * watts
            assert abs(found.units * 1e-6 - truth) <= bound
    package = energy.counters[0].values
    assert sum(after < before for before, after in pairwise(package)) > 1
    (record,) = records(run)
    spent = spent_in(energy, record.case.batch_size)
    assert record.values["energy_per_item"].value == spent.per_item.value
    assert record.values["power_mean"].value == pytest.approx(46.0, rel=0.05)
    assert "cpu_package + dram" in record.values["power_mean"].note
    work = [state is WindowState.WORK for state in energy.windows.state]
    items = sum(n for n, is_work in zip(energy.windows.iterations, work, strict=True) if is_work)
    assert spent.per_item.value is not None
    assert spent.energy.value == pytest.approx(spent.per_item.value * items)


def test_the_latency_pass_reads_no_counter(counted, listener):
    plan = short_plan(rounds=1, control=False, memory=False, energy=False)
    run = read_run(begin(plan, ["run"], counted, listener))
    assert {trial.kind for trial in run.trials} == {Pass.TIMING}
    (record,) = records(run)
    for name in ENERGY:
        assert record.values[name].reason.code is ReasonCode.DISABLED_BY_USER


@pytest.mark.slow
def test_counters_that_never_move_give_no_energy_and_cost_no_other_figure(counted, listener):
    plan = short_plan(rounds=1, control=False, memory=False)
    (record,) = records(read_run(begin(plan, ["run"], counted, listener)))
    assert record.outcome.status is Status.COMPLETED
    assert record.values["prepare_time"].value is not None
    for name in ENERGY:
        assert record.values[name].reason.code is ReasonCode.COMPONENT_UNAVAILABLE
        assert "implausible_power" in record.values[name].reason.detail


MADE_UP = re.compile(r"(?<![\w.])-?\d[\d.,]*\s*(?:[fpnµmk]?J|[µmk]?W)\b")
"""A number of joules or watts, whatever its prefix."""


@pytest.fixture
def blind(scalecurve, tmp_path):
    """Measure on a machine that has no counter; return what the commands need."""
    done = scalecurve(
        "run",
        "--family=mlp",
        "--params=1e4",
        "--backend=fake",
        "--rounds=2",
        "--seconds=0.05",
        "--scenario=single_stream,offline",
        "--no-memory",
        f"--sysfs-root={tmp_path / 'none'}",
    )
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    return path, done.stdout


def test_without_a_counter_no_pass_is_run_and_no_format_has_a_made_up_energy(
    scalecurve, blind, tmp_path
):
    path, table = blind
    run = read_run(path)
    assert {trial.kind for trial in run.trials} == {Pass.TIMING}
    codes = {str(code) for code in ReasonCode}
    for row in json.loads(scalecurve("show", path, "--json").stdout):
        for name in ENERGY:
            assert row["metrics"][name]["value"] is None
            assert row["metrics"][name]["reason_code"] in codes
    rows = csv.DictReader(io.StringIO(scalecurve("show", path, "--csv").stdout))
    assert {row[name] for row in rows for name in ENERGY} == {""}
    (page,) = (tmp_path / "runs").glob("*.html")
    twin = shutil.copy(path, tmp_path / "twin.jsonl")
    told = {
        "table": table,
        "chosen": scalecurve("show", path, f"--metric={','.join(ENERGY)}").stdout,
        "markdown": scalecurve("show", path, "--markdown").stdout,
        "page": page.read_text(encoding="utf-8"),
        "compare": scalecurve("compare", path, twin, "--json").stdout,
    }
    for name, text in told.items():
        assert text, name
        assert not MADE_UP.findall(text), name


def test_without_a_counter_nothing_of_energy_is_exported_or_drawn(scalecurve, blind, tmp_path):
    path, _ = blind
    out = tmp_path / "out.json"
    done = scalecurve(
        "export",
        path,
        "--format=customSmallerIsBetter",
        f"--metrics={','.join(ENERGY)}",
        f"--out={out}",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text()) == []
    picture = tmp_path / "energy.svg"
    drawn = scalecurve("plot", path, "--metric=energy_per_item", f"--out={picture}")
    assert drawn.returncode != 0 or not MADE_UP.findall(picture.read_text())
    assert "plot.svg" not in drawn.stdout
