"""Two sides of a pair in two threads of a made-up machine, whose time passes only by work."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from harness.core.errors import WorkerDied
from harness.core.task import Sampling
from harness.core.trial import Side
from harness.measure.alternate import InTurns
from harness.measure.alternate_channel import Pairing
from harness.measure.probe import Prober, Reading
from harness.measure.sample import Instruments, Sampler
from harness.measure.tape import Tape

US = 1_000
MS = 1_000_000
LEVEL_NS = 23 * US
SLOW = 1.5
SAMPLING = Sampling(min_seconds=0.3, max_seconds=1.0, precision=0.002)


@dataclass
class Machine:
    """One core: whoever has the turn makes its time pass."""

    slow: tuple[tuple[int, int], ...] = ()
    now: int = 0
    ran: list[Side] = field(default_factory=list)

    def clock(self) -> int:
        return self.now

    def factor(self) -> float:
        return SLOW if any(start <= self.now < end for start, end in self.slow) else 1.0


@dataclass
class Network:
    machine: Machine
    side: Side
    cost_ns: int
    dies_after: int = 10**9
    asynchronous: bool = False
    runs: int = 0

    def run(self) -> None:
        self.runs += 1
        if self.runs > self.dies_after:
            raise RuntimeError(f"{self.side} dies")
        self.machine.ran.append(self.side)
        self.machine.now += round(self.cost_ns * self.machine.factor())

    def synchronize(self) -> None:
        pass


class MachineProber(Prober):
    def __init__(self, machine: Machine) -> None:
        super().__init__(lines=(np.zeros(1, np.int64), np.zeros(1, np.int64)), clock=machine.clock)
        self.machine = machine

    def read(self) -> Reading:
        factor = self.machine.factor()
        native, loop = round(LEVEL_NS * factor), round(90 * US * factor)
        reading = Reading(start=self.machine.now, core=0, native=native, loop=loop, cache=35 * US)
        self.machine.now += 150 * US
        self.readings.append(reading)
        return reading


def sampler(network, sampling=SAMPLING, *, together=False, cores=(0,)) -> Sampler:
    prober = MachineProber(network.machine)
    return Sampler(
        model=network,
        instruments=Instruments(
            prober=prober, clock=network.machine.clock, waited=None, cores=cores
        ),
        sampling=sampling,
        tape=Tape(level_ns=LEVEL_NS, readings=prober.readings),
        together=together,
    )


def pairings(folder, first=Side.BASE, patience_s=20.0) -> dict[Side, Pairing]:
    """Make both parts, and the pipes between them."""
    pipes = {side: str(folder / f"to-{side}") for side in Side}
    for pipe in pipes.values():
        os.mkfifo(pipe)
    return {
        side: Pairing(
            side=side,
            starts=side is first,
            inbox=pipes[side],
            outbox=pipes[other(side)],
            patience_s=patience_s,
        )
        for side in Side
    }


def other(side: Side) -> Side:
    return Side.CANDIDATE if side is Side.BASE else Side.BASE


def side_by_side(folder, networks, first=Side.BASE, **options):
    """Run both sides to their end; by side, the timeline and the decision, or what it raised."""
    parts = pairings(folder, first)

    def run(side):
        way = InTurns(parts[side])
        try:
            way.begin()
            return way.run(sampler(networks[side], **options))
        except (RuntimeError, WorkerDied) as error:
            return error
        finally:
            os.close(way.channel.inbox)
            os.close(way.channel.outbox)

    with ThreadPoolExecutor(2) as threads:
        running = {side: threads.submit(run, side) for side in Side}
        return {side: future.result(60) for side, future in running.items()}


def two_networks(machine, base_ns=100 * US, candidate_ns=100 * US):
    return {
        Side.BASE: Network(machine, Side.BASE, base_ns),
        Side.CANDIDATE: Network(machine, Side.CANDIDATE, candidate_ns),
    }
