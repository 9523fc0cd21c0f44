from dataclasses import dataclass, field

import numpy as np
import pytest

from harness.core.task import Sampling
from harness.core.trial import StopReason
from harness.measure.probe import Prober, Reading
from harness.measure.sample import Instruments, Sampler
from harness.measure.slices import Pace, one_pass, time_each, time_together
from harness.measure.tape import Tape

US = 1_000
MS = 1_000_000


@dataclass
class World:
    """A machine whose state is a function of its clock; everything in it takes clock time."""

    cost_ns: int
    slow: tuple[tuple[int, int], ...] = ()
    asynchronous: bool = False
    now: int = 0
    core: int = 0
    slow_core: int = -1
    events: list[str] = field(default_factory=list)
    waits: int = 0

    def clock(self) -> int:
        return self.now

    def factor(self) -> float:
        if any(start <= self.now < end for start, end in self.slow):
            return 1.5
        return 1.5 if self.core == self.slow_core else 1.0

    def run(self) -> None:
        self.events.append("run")
        self.now += round(self.cost_ns * self.factor())

    def synchronize(self) -> None:
        self.events.append("synchronize")

    def wait(self, seconds: float) -> None:
        self.waits += 1
        self.now += round(seconds * 1e9)

    def pin(self, cores: tuple[int, ...]) -> None:
        (self.core,) = cores


class WorldProber(Prober):
    def __init__(self, world: World) -> None:
        super().__init__(lines=(np.zeros(1, np.int64), np.zeros(1, np.int64)), clock=world.clock)
        self.world = world

    def read(self) -> Reading:
        factor = self.world.factor()
        reading = Reading(
            start=self.world.now,
            core=self.world.core,
            native=round(23 * US * factor),
            loop=round(90 * US * factor),
            cache=35 * US,
        )
        self.world.now += 150 * US
        self.readings.append(reading)
        return reading


def sample(world: World, sampling: Sampling, *, cores=(), together=False, level=23_000.0):
    prober = WorldProber(world)
    instruments = Instruments(
        prober=prober, clock=world.clock, wait=world.wait, pin=world.pin, cores=cores
    )
    tape = Tape(level_ns=level, readings=prober.readings)
    return Sampler(
        model=world,
        instruments=instruments,
        sampling=sampling,
        tape=tape,
        together=together,
    ).run()


def between(world: World, begin_ns: int, end_ns: int, *, together=True):
    """Sample in a window that other processes have as well."""
    prober = WorldProber(world)
    sampler = Sampler(
        model=world,
        instruments=Instruments(prober=prober, clock=world.clock, wait=world.wait, pin=world.pin),
        sampling=SHORT,
        tape=Tape(level_ns=23_000.0, readings=prober.readings),
        together=together,
    )
    sampler.settle()
    return sampler.run_between(begin_ns, end_ns)


SHORT = Sampling(min_seconds=0.2, max_seconds=0.5)


def test_every_sample_is_what_the_clock_says():
    timeline, _ = sample(World(cost_ns=100 * US), SHORT)
    assert set(timeline.samples_ns) == {100 * US}


def test_a_steady_network_on_a_quiet_machine_stops_early_and_says_so():
    _, decision = sample(World(cost_ns=100 * US), SHORT)
    assert decision.stopped is StopReason.PRECISE
    assert decision.relative_half_width == 0
    assert decision.steady
    assert decision.warm_up_slices == 0


def test_the_columns_of_a_timeline_belong_together():
    timeline, _ = sample(World(cost_ns=300 * US), SHORT)
    slices, probes = timeline.slices, timeline.probes
    assert sum(slices.iterations) == len(timeline.samples_ns)
    assert slices.after == tuple(place + 1 for place in slices.before)
    assert max(slices.after) < len(probes.native_ns)
    assert len(probes.native_ns) == len(probes.loop_ns) == len(probes.core) == len(probes.cache_ns)
    assert len(slices.start_ns) == len(slices.hunting) == len(slices.skipped)


def test_every_slice_lies_between_its_two_probes():
    timeline, _ = sample(World(cost_ns=300 * US), SHORT)
    slices, probed = timeline.slices, timeline.probes.start_ns
    for start, duration, before, after in zip(
        slices.start_ns, slices.duration_ns, slices.before, slices.after, strict=True
    ):
        assert probed[before] < start
        assert start + duration <= probed[after]


def test_iterations_right_after_a_probe_are_counted_as_skipped():
    timeline, _ = sample(World(cost_ns=50 * US), SHORT)
    assert set(timeline.slices.skipped) == {4}


@pytest.mark.parametrize(("cost_ms", "slices"), [(45, 8), (99, 8), (150, 3)])
def test_a_slow_network_gets_time_for_as_many_slices_as_make_a_value(cost_ms, slices):
    hasty = Sampling(min_seconds=0.01, max_seconds=0.02)
    timeline, _ = sample(World(cost_ns=cost_ms * MS), hasty)
    assert len(timeline.slices.start_ns) >= slices


def test_on_a_machine_that_is_never_quiet_it_gives_up_at_the_limit():
    world = World(cost_ns=100 * US, slow=((0, 10**12),))
    timeline, decision = sample(world, SHORT)
    assert decision.stopped is StopReason.TIME_LIMIT
    assert decision.relative_half_width is None
    assert not any(timeline.slices.hunting)
    assert world.waits


def test_after_the_least_time_slices_are_taken_only_in_quiet_moments():
    world = World(cost_ns=100 * US, slow=((0, 300 * MS),))
    timeline, decision = sample(world, Sampling(min_seconds=0.2, max_seconds=1.0))
    hunted = [
        s for s, h in zip(timeline.slices.start_ns, timeline.slices.hunting, strict=True) if h
    ]
    assert hunted
    assert min(hunted) >= 300 * MS
    assert decision.stopped is StopReason.PRECISE


def test_a_hunting_trial_moves_to_the_quieter_core():
    world = World(cost_ns=100 * US, slow_core=0)
    timeline, decision = sample(world, SHORT, cores=(0, 1))
    assert decision.stopped is StopReason.PRECISE
    assert world.core == 1
    taken_on = {
        timeline.probes.core[before]
        for before, hunting in zip(timeline.slices.before, timeline.slices.hunting, strict=True)
        if hunting
    }
    assert taken_on == {1}


def test_after_a_move_the_caches_are_refilled_for_longer():
    world = World(cost_ns=100 * US, slow_core=0)
    timeline, _ = sample(world, SHORT, cores=(0, 1))
    first = timeline.slices.hunting.index(1)
    assert timeline.slices.skipped[first] == 20


def test_a_slow_network_gets_a_few_slices_whatever_the_limit():
    timeline, decision = sample(World(cost_ns=200 * MS), SHORT)
    assert len(timeline.slices.start_ns) == 3
    assert decision.steady is None


def test_a_fast_network_stops_at_the_sample_limit():
    world = World(cost_ns=100 * US)
    _, decision = sample(
        world, Sampling(min_seconds=0.2, max_seconds=5, precision=-1.0, max_samples=1000)
    )
    assert decision.stopped is StopReason.SAMPLE_LIMIT


def test_without_a_level_the_trial_uses_its_own():
    _, decision = sample(World(cost_ns=100 * US), SHORT, level=None)
    assert decision.stopped is StopReason.PRECISE


def test_throughput_times_iterations_together():
    timeline, decision = sample(World(cost_ns=1 * MS), SHORT, together=True)
    assert timeline.samples_ns == ()
    assert set(timeline.slices.iterations) == {10}
    assert set(timeline.slices.duration_ns) == {10 * MS}
    assert decision.stopped is StopReason.PRECISE


def test_every_timed_pass_of_an_asynchronous_device_is_synchronised():
    world = World(cost_ns=US, asynchronous=True)
    time_each(one_pass(world), 3 * US, world.clock)
    assert world.events == ["run", "synchronize"] * 3


def test_a_throughput_window_is_synchronised_once_at_its_end():
    world = World(cost_ns=US, asynchronous=True)
    assert time_together(world, 3, world.clock) == 3 * US
    assert world.events == ["run", "run", "run", "synchronize"]


def test_a_pass_that_ends_by_itself_is_not_wrapped():
    world = World(cost_ns=US)
    assert one_pass(world) == world.run


@pytest.mark.parametrize(
    ("iteration_ns", "slice_ns", "refill"),
    [(US, 10 * MS, 20), (100 * US, 10 * MS, 2), (MS, 10 * MS, 0), (5 * MS, 30 * MS, 0)],
)
def test_slices_are_long_and_refills_few_where_iterations_are_slow(iteration_ns, slice_ns, refill):
    assert Pace.of(iteration_ns) == Pace(slice_ns=slice_ns, refill=refill)


def test_warm_up_at_the_start_is_cut():
    world = World(cost_ns=100 * US, slow=())
    world.slow = ((20 * MS, 100 * MS),)

    class Unseeing(WorldProber):
        def read(self) -> Reading:
            slow, self.world.slow = self.world.slow, ()
            reading = super().read()
            self.world.slow = slow
            return reading

    prober = Unseeing(world)
    instruments = Instruments(prober=prober, clock=world.clock, wait=world.wait, pin=world.pin)
    tape = Tape(level_ns=23_000.0, readings=prober.readings)
    sampler = Sampler(
        model=world, instruments=instruments, sampling=SHORT, tape=tape, together=False
    )
    timeline, decision = sampler.run()
    assert decision.warm_up_slices
    assert timeline.slices.start_ns[decision.warm_up_slices] == pytest.approx(100 * MS, abs=12 * MS)


def test_in_a_common_window_no_slice_begins_early_or_ends_late():
    begin, end = 100_000 * US, 400_000 * US
    timeline, decision = between(World(cost_ns=1_000 * US), begin, end)
    slices = timeline.slices
    assert slices.start_ns[0] >= begin
    assert slices.start_ns[-1] + slices.duration_ns[-1] <= end
    assert not any(slices.hunting)
    assert decision.stopped in {StopReason.TIME_LIMIT, StopReason.PRECISE}


def test_a_window_too_short_for_a_slice_has_one_all_the_same():
    timeline, _ = between(World(cost_ns=50_000 * US), 0, 10 * US, together=False)
    assert len(timeline.slices.start_ns) == 1
    assert len(timeline.samples_ns) == timeline.slices.iterations[0]
