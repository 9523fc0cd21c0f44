"""Two sides in turns, on a made-up machine: exact, and without waiting for anything."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

import numpy as np
import pytest

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.core.task import Sampling
from harness.core.trial import Decision, Side, StopReason
from harness.measure.alternate import InTurns
from harness.measure.alternate_channel import Channel, Turn
from tests.unit.measure.turns import (
    MS,
    SAMPLING,
    US,
    Machine,
    Network,
    pairings,
    side_by_side,
    two_networks,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")


def order_of(found) -> str:
    """Write who took each slice, in the order of their starts."""
    starts = [
        (start, letter)
        for side, letter in ((Side.BASE, "A"), (Side.CANDIDATE, "B"))
        for start in found[side][0].slices.start_ns
    ]
    return "".join(letter for _, letter in sorted(starts))


@pytest.mark.parametrize(("first", "block"), [(Side.BASE, "ABBA"), (Side.CANDIDATE, "BAAB")])
def test_slices_come_in_blocks_of_four_that_begin_with_the_side_that_starts(tmp_path, first, block):
    found = side_by_side(tmp_path, two_networks(Machine()), first)
    order = order_of(found)
    assert len(order) >= 16
    whole = order[: len(order) // 4 * 4]
    assert whole == block * (len(whole) // 4)
    assert order.count("A") == order.count("B")


def test_only_the_side_that_has_the_turn_runs(tmp_path):
    machine = Machine()
    found = side_by_side(tmp_path, two_networks(machine))
    ends = sorted(
        (start, start + duration)
        for timeline, _ in found.values()
        for start, duration in zip(
            timeline.slices.start_ns, timeline.slices.duration_ns, strict=True
        )
    )
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    changes = sum(one is not two for one, two in pairwise(machine.ran))
    turns = sum(len(timeline.slices.start_ns) for timeline, _ in found.values())
    assert changes <= turns + 2


def test_every_slice_lies_between_two_probes_of_its_own_side(tmp_path):
    found = side_by_side(tmp_path, two_networks(Machine()))
    for timeline, _ in found.values():
        slices, probed = timeline.slices, timeline.probes.start_ns
        assert sum(slices.iterations) == len(timeline.samples_ns)
        for start, duration, before, after in zip(
            slices.start_ns, slices.duration_ns, slices.before, slices.after, strict=True
        ):
            assert probed[before] < start
            assert start + duration <= probed[after]


def log_ratio(found) -> float:
    medians = [np.median(found[side][0].samples_ns) for side in (Side.BASE, Side.CANDIDATE)]
    return float(np.log(medians[1] / medians[0]))


def test_equal_sides_measure_equal_and_a_planted_difference_is_all_there(tmp_path):
    equal, slower = tmp_path / "equal", tmp_path / "slower"
    equal.mkdir()
    slower.mkdir()
    assert log_ratio(side_by_side(equal, two_networks(Machine()))) == 0
    planted = side_by_side(slower, two_networks(Machine(), 100 * US, 105 * US))
    assert log_ratio(planted) == pytest.approx(np.log(1.05))


def test_both_sides_store_the_decision_of_the_one_that_started(tmp_path):
    found = side_by_side(tmp_path, two_networks(Machine()))
    stopped = {(decision.stopped, decision.relative_half_width) for _, decision in found.values()}
    assert stopped == {(StopReason.PRECISE, 0.0)}


def test_a_machine_that_is_never_quiet_is_watched_to_the_limit(tmp_path):
    machine = Machine(slow=((0, 10**12),))
    found = side_by_side(tmp_path, two_networks(machine))
    for timeline, decision in found.values():
        assert decision.stopped is StopReason.TIME_LIMIT
        assert decision.relative_half_width is None
        assert timeline.slices.start_ns
        assert not any(timeline.slices.hunting)
    assert machine.now >= SAMPLING.max_seconds * 1e9


def test_a_fast_network_stops_at_the_limit_of_samples(tmp_path):
    machine = Machine(slow=tuple((at * MS, (at + 37) * MS) for at in range(0, 2_000, 91)))
    sampling = Sampling(min_seconds=0.3, max_seconds=5.0, precision=1e-12, max_samples=2_000)
    networks = two_networks(machine, 50 * US, 51 * US)
    networks[Side.CANDIDATE] = Jitter(machine, Side.CANDIDATE, 51 * US)
    found = side_by_side(tmp_path, networks, sampling=sampling)
    assert {decision.stopped for _, decision in found.values()} == {StopReason.SAMPLE_LIMIT}


class Jitter(Network):
    """Costs a little more every other slice or so."""

    def run(self) -> None:
        self.cost_ns = 51 * US + (self.runs // 150 % 3) * 100
        super().run()


def test_iterations_right_after_the_other_sides_turn_do_not_count(tmp_path):
    found = side_by_side(tmp_path, two_networks(Machine()))
    for timeline, _ in found.values():
        assert set(timeline.slices.skipped) == {10, 2}


@pytest.mark.parametrize(("cores", "least"), [((0,), 10), ((), 50)])
def test_a_side_of_several_threads_waits_longer_for_those_of_the_other(tmp_path, cores, least):
    found = side_by_side(tmp_path, two_networks(Machine()), cores=cores)
    assert max(found[Side.BASE][0].slices.skipped) == least


def test_an_iteration_much_longer_than_the_refill_is_not_spent_on_it(tmp_path):
    sampling = Sampling(min_seconds=0.3, max_seconds=1.0)
    networks = two_networks(Machine(), 50 * MS, 50 * MS)
    found = side_by_side(tmp_path, networks, sampling=sampling)
    assert set(found[Side.BASE][0].slices.skipped) == {0}
    assert len(found[Side.BASE][0].slices.start_ns) >= 4


def test_both_sides_take_slices_of_the_pace_of_the_slower_one(tmp_path):
    found = side_by_side(tmp_path, two_networks(Machine(), 1_900 * US, 2_100 * US))
    for timeline, _ in found.values():
        assert min(timeline.slices.duration_ns) >= 30 * MS


def test_iterations_timed_together_have_no_samples_of_their_own(tmp_path):
    found = side_by_side(tmp_path, two_networks(Machine(), 100 * US, 110 * US), together=True)
    for side, each in ((Side.BASE, 100 * US), (Side.CANDIDATE, 110 * US)):
        slices = found[side][0].slices
        assert not found[side][0].samples_ns
        assert {d // n for d, n in zip(slices.duration_ns, slices.iterations, strict=True)} == {
            each
        }


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("dies_after", [0, 300, 1_000])
def test_a_side_that_ends_ends_the_other(tmp_path, side, dies_after):
    networks = two_networks(Machine())
    networks[side].dies_after = dies_after
    found = side_by_side(tmp_path, networks)
    left = found[Side.CANDIDATE if side is Side.BASE else Side.BASE]
    assert isinstance(found[side], RuntimeError)
    assert isinstance(left, WorkerDied)
    assert left.reason.code is ReasonCode.OTHER_SIDE_ENDED


def test_a_side_that_keeps_the_turn_is_not_waited_for_longer_than_was_said():
    inbox, kept = os.pipe()
    channel = Channel(inbox=inbox, outbox=kept, patience_s=0.01)
    with pytest.raises(WorkerDied, match=r"it kept the turn for 0\.01 s"):
        channel.take()
    os.close(inbox)
    os.close(kept)


def test_the_end_of_the_other_side_is_noticed_when_the_turn_is_given():
    inbox, outbox = os.pipe()
    os.close(inbox)
    channel = Channel(inbox=-1, outbox=outbox, patience_s=1)
    with pytest.raises(WorkerDied, match="it ended"):
        channel.give(Turn())
    os.close(outbox)


def test_turns_arrive_whole_however_the_pipe_cuts_them():
    inbox, outbox = os.pipe()
    channel = Channel(inbox=inbox, outbox=outbox, patience_s=10)
    end = Decision(stopped=StopReason.PRECISE, relative_half_width=0.001)
    turns = [Turn(iteration_ns=7), Turn(typical_ns=(1.5, 2.0), quiet=(1, 0), end=end)]
    for turn in turns:
        channel.give(turn)
    assert [channel.take(), channel.take()] == turns
    os.close(inbox)
    os.close(outbox)


def test_a_pair_times_no_transfers_because_the_other_side_is_alive(tmp_path):
    assert not InTurns(pairings(tmp_path)[Side.BASE]).transfers
