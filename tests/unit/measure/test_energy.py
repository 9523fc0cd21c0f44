"""The energy pass in time that passes only when told: windows, guards, and readings that fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.analyse.spent import spent_in
from harness.backends.fake import FakeClock
from harness.core.case import Target
from harness.core.energy import Domain, WindowState
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.measure.energy import Surroundings, Windower, busy_ns
from harness.measure.energy_counters import Found, counters_of
from harness.meters.fake import FakeCounter
from harness.meters.rapl import RaplMeter
from tests.powercap import tree
from tests.sensor import constant

MS = 1_000_000
S = 1_000 * MS


class Ticking(FakeClock):
    """Passes a microsecond whenever someone looks."""

    def __call__(self) -> int:
        self.now_ns += 1_000
        return self.now_ns


@dataclass
class Model:
    """A network whose iteration takes so long."""

    clock: FakeClock
    iteration_ns: int = MS
    asynchronous: bool = False
    runs: int = 0
    synchronised: int = 0

    def run(self):
        self.runs += 1
        self.clock.advance(self.iteration_ns)

    def synchronize(self):
        self.synchronised += 1


@dataclass
class Scene:
    """A pass that can be run in no time."""

    root: Path
    power_w: float = 40.0
    period_ns: int = MS
    modulus: int | None = None
    limit_w: float | None = None
    iteration_ns: int = MS
    seconds: float = 0.2
    broken: tuple[int, int] = (-1, -1)
    """Between these moments in ns, the counter cannot be read."""
    busy: int | None = 0
    clock: FakeClock = field(default_factory=Ticking)
    others: tuple[FakeCounter, ...] = ()

    def __post_init__(self):
        self.model = Model(self.clock, self.iteration_ns)
        self.meter = FakeCounter(
            clock=self.clock,
            energy=constant(self.power_w),
            period_ns=self.period_ns,
            modulus=self.modulus,
            limit_w=self.limit_w,
            broken=lambda now: self.broken[0] <= now < self.broken[1],
        )
        missing = RaplMeter(self.root).missing()
        self.windower = Windower(
            found=Found(meters=(self.meter, *self.others), missing=missing),
            least_ns=round(self.seconds * 1e9),
            around=Surroundings(
                clock=self.clock,
                wait=lambda seconds: self.clock.advance(round(seconds * 1e9)),
                own_cpu=lambda: self.clock.now_ns,
                all_cpu=lambda: None if self.busy is None else 2 * self.clock.now_ns,
            ),
        )

    def run(self):
        self.windower.begin()
        self.windower.run(self.model)
        return self.windower.energy()


@pytest.fixture
def root(tmp_path):
    return tree.server(tmp_path)


def test_a_pass_idles_bare_and_loaded_works_three_times_and_its_power_is_the_truth(root):
    energy = Scene(root).run()
    bare, idle, work = WindowState.BARE_IDLE, WindowState.CONTEXT_IDLE, WindowState.WORK
    assert energy.windows.state == (bare, idle, work, work, work, idle)
    spent = spent_in(energy, 1)
    assert spent.power.value == pytest.approx(40.0, abs=spent.power.bound)
    assert spent.power.bound is not None
    assert spent.power.bound < 0.006 * 40.0
    assert spent.per_item.value == pytest.approx(0.040, rel=0.01)
    assert spent.net.reason.code is ReasonCode.IDLE_DOMINATED
    assert energy.missing["dram"].code is ReasonCode.ZONE_ABSENT
    assert spent.others == pytest.approx(0.5)


def test_windows_are_long_enough_for_the_period_that_was_seen(root):
    energy = Scene(root, period_ns=20 * MS).run()
    (counter,) = energy.counters
    assert counter.update_period_ns == pytest.approx(20 * MS, rel=0.02)
    windows = energy.windows
    lengths = [
        counter.at_ns[last] - counter.at_ns[first]
        for first, last in zip(windows.first, windows.last, strict=True)
    ]
    assert min(lengths) >= 0.98 * 20 * MS / 0.005


def test_a_counter_that_wraps_many_times_within_a_window_is_read_often_enough(root):
    # 8 J: five wraps a second at 40 W, and at most one in each 40 ms at 200 W.
    scene = Scene(root, modulus=8_000_000, limit_w=200.0, seconds=1.0)
    spent = spent_in(scene.run(), 1)
    assert spent.power.value == pytest.approx(40.0, abs=spent.power.bound)
    assert not spent.drifted
    assert spent.net.reason.code is ReasonCode.IDLE_DOMINATED
    windows = scene.windower.windows()
    assert max(last - first for first, last in zip(windows.first, windows.last, strict=True)) > 10


def test_iterations_follow_each_other_without_a_wait_for_the_device(root):
    scene = Scene(root)
    energy = scene.run()
    per_pass = scene.model.runs / scene.model.synchronised
    assert per_pass > 2
    assert all(count >= 32 for count in energy.windows.iterations[2:5])


def test_a_slow_network_gets_four_windows_length_for_its_iterations(root):
    energy = Scene(root, iteration_ns=100 * MS, seconds=0.2).run()
    assert all(8 <= count < 32 for count in energy.windows.iterations[2:5])


def test_a_window_in_which_a_counter_could_not_be_read_is_taken_again(root):
    whole = Scene(root)
    whole.run()
    (counter,) = whole.windower.book.counters({})
    end = counter.at_ns[whole.windower.windows().last[2]]
    scene = Scene(root, broken=(end - 2_000, end + 2_000))
    spent = spent_in(scene.run(), 1)
    assert spent.windows == 3
    assert spent.power.value == pytest.approx(40.0, abs=spent.power.bound)


def test_a_counter_that_stays_broken_ends_the_pass_with_its_reason(root):
    with pytest.raises(Unavailable, match="broken"):
        Scene(root, broken=(1_000 * MS, 1_000 * S)).run()


def test_without_counters_there_is_no_pass(tmp_path):
    with (
        pytest.raises(Unavailable, match="powercap_not_exposed"),
        counters_of(Target(backend="eager"), tmp_path),
    ):
        raise AssertionError


def test_processor_time_that_is_not_known_is_left_out(root):
    energy = Scene(root, busy=None).run()
    assert energy.windows.all_cpu_ns == energy.windows.own_cpu_ns == ()
    assert spent_in(energy, 1).others is None


def test_processor_time_of_the_machine_leaves_idling_and_waiting_out(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 20 30 9999 8888 4 6 777 0 0\ncpu0 1 1 1 1\n")
    assert busy_ns(stat) == (100 + 20 + 30 + 4 + 6) * 10_000_000
    stat.write_text("cpu 1\n")
    assert busy_ns(stat) is None
    assert busy_ns(tmp_path / "none") is None


def test_parts_of_a_package_are_read_and_their_period_is_not_looked_for(root):
    clock = Ticking()
    part = FakeCounter(
        clock=clock, energy=constant(9.0), name="package-0/core", domain=Domain.CPU_CORE
    )
    package, core = Scene(root, clock=clock, others=(part,)).run().counters
    assert package.update_period_ns is not None
    assert core.update_period_ns is None
