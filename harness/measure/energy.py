"""Energy of one case: windows of iterations, one straight after the other, between two idlings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns, process_time_ns, sleep
from typing import Final

from harness.backends.registry import load
from harness.core.energy import Domain, Energy, Windows, WindowState
from harness.core.errors import Unavailable
from harness.core.task import Task
from harness.measure.energy_counters import Found, counters_of
from harness.measure.reference import read_inputs
from harness.measure.slices import Runnable, time_each
from harness.meters.counters import Book, EnergyMeter
from harness.meters.energy.period import update_period_ns
from harness.meters.energy.quantity import JOULES
from harness.meters.energy.total import DISJOINT
from harness.meters.energy.unwrap import guard_ns
from harness.meters.energy.window import WANTED_ERROR, WANTED_ERROR_GPU, window_ns

_WINDOWS: Final = 3
_FEWEST_ITERATIONS: Final = 32
_PATIENCE: Final = 4
"""Lengths of a window that a slow network gets for its 32 iterations."""
_LONGEST_NS: Final = 30_000_000_000
"""A slower counter gets no longer window; its figures say how wrong they may be."""
_CHUNK_NS: Final = 10_000_000
_LOOK_S: Final = 0.0001
_UNKNOWN_LIMIT_W: Final = 1_000.0
"""Of one counter whose zone has no limit, to read it before it can wrap twice."""
_SHORTEST_POLL_NS: Final = 25_000_000
_LONGEST_POLL_NS: Final = 50_000_000
"""Power is read twice in each of its periods, and no more often than 40 times a second."""
_CHECK_NS: Final = 400_000_000
"""Power of a board that has a counter is only held against it."""
_BUSY_FIELDS: Final = (0, 1, 2, 5, 6)
"""user, nice, system, irq, softirq. Source: Linux man-pages, proc_stat(5)."""


def busy_ns(stat: Path = Path("/proc/stat")) -> int | None:
    """Return the processor time of every process of the machine, in ns; None where not known."""
    try:
        words = stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
        ticks = sum(int(words[place]) for place in _BUSY_FIELDS)
        return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Clocks of the machine; tests pass their own."""

    clock: Callable[[], int] = perf_counter_ns
    wait: Callable[[float], None] = sleep
    own_cpu: Callable[[], int] = process_time_ns
    all_cpu: Callable[[], int | None] = busy_ns


def measure_energy(task: Task) -> Energy:
    """Take an energy pass in this process, which does nothing else.

    Raises:
        Unavailable: a counter cannot be read, or others use the device.
    """
    target = task.case.target
    backend = load(target.backend)
    inputs, _ = read_inputs(task)
    with counters_of(target, Path(task.sysfs_root)) as found:
        windower = Windower(found=found, least_ns=round(task.sampling.min_seconds * 1e9))
        windower.begin()
        with backend.prepare(task.artifact, target, task.case.batch_size) as model:
            model.bind(inputs)
            windower.run(model)
            return windower.energy()


@dataclass(slots=True, kw_only=True)
class Windower:
    """One energy pass: owns the book of readings, and decides how long windows are."""

    found: Found
    least_ns: int
    """No window is shorter, in ns."""
    around: Surroundings = field(default_factory=Surroundings)
    book: Book = field(init=False)
    rows: list[tuple[WindowState, int, int, int, int, int | None]] = field(default_factory=list)
    periods_ns: dict[tuple[str, str], int | None] = field(default_factory=dict)
    """By name and method of a counter."""

    def __post_init__(self) -> None:
        self.book = Book(self.found.meters, self.around.clock)

    @property
    def wanted_error(self) -> float:
        """Relative error that windows are made long enough for."""
        has_gpu = any(meter.domain is Domain.GPU for meter in self.found.meters)
        return WANTED_ERROR_GPU if has_gpu else WANTED_ERROR

    def begin(self) -> None:
        """Learn how the counters move, and idle while nothing is loaded.

        Raises:
            Unavailable: a counter could not be read, and not a second time either.
        """
        self.learn_periods()
        self.take(WindowState.BARE_IDLE, lambda: self.idle(self.window_ns()))

    def run(self, model: Runnable) -> None:
        """Idle, work and idle with the model loaded.

        Raises:
            Unavailable: a counter could not be read, and not a second time either.
        """

        def once() -> None:
            model.run()
            model.synchronize()

        iteration_ns = min(time_each(once, self.least_ns, self.around.clock))
        duration_ns = self.window_ns()
        chunk = max(1, _CHUNK_NS // max(1, iteration_ns))
        self.take(WindowState.CONTEXT_IDLE, lambda: self.idle(duration_ns))
        self.work(model, duration_ns, chunk)  # warms caches and clocks up again; not counted
        for _ in range(_WINDOWS):
            self.take(WindowState.WORK, lambda: self.work(model, duration_ns, chunk))
        self.take(WindowState.CONTEXT_IDLE, lambda: self.idle(duration_ns))

    def energy(self) -> Energy:
        """Return all that was read, and who else was there; asked while the model is loaded."""
        return Energy(
            wanted_error=self.wanted_error,
            counters=self.book.counters(self.periods_ns),
            windows=self.windows(),
            missing=self.found.missing,
            flags=self.found.flags(),
        )

    def learn_periods(self) -> None:
        """See how often each counter of a sum moves; the others move with their packages."""
        for meter in self.found.meters:
            if meter.domain in DISJOINT:
                self.periods_ns[meter.name, meter.method] = update_period_ns(
                    meter.look, self.around.clock, lambda: self.around.wait(_LOOK_S)
                )

    def window_ns(self) -> int:
        """Return how long windows are: for the slowest counter, but no shorter than asked for."""
        periods = [period for period in self.periods_ns.values() if period]
        wanted = window_ns(max(periods, default=1), self.wanted_error)
        return max(self.least_ns, min(wanted, _LONGEST_NS))

    def take(self, state: WindowState, fill: Callable[[], int]) -> None:
        """Take one window; once more where a counter could not be read in it.

        Args:
            state: What is done in it.
            fill: Does it, and returns how many iterations that were.

        Raises:
            Unavailable: a counter could not be read a second time.
        """
        try:
            self._take(state, fill)
        except Unavailable:
            self._take(state, fill)

    def _take(self, state: WindowState, fill: Callable[[], int]) -> None:
        own, everyone = self.around.own_cpu(), self.around.all_cpu()
        first = self.book.read()
        iterations = fill()
        last = self.book.read()
        own, now = self.around.own_cpu() - own, self.around.all_cpu()
        busy = None if everyone is None or now is None else now - everyone
        self.rows.append((state, first, last, iterations, own, busy))

    def idle(self, duration_ns: int) -> int:
        """Wait, and read the counters as often as they need; no iteration is done."""
        end = self.around.clock() + duration_ns
        guard = self._guard_ns() or duration_ns
        while (left := end - self.around.clock()) > 0:
            self.around.wait(min(left, guard) * 1e-9)
            if left > guard:
                self.book.read()
        return 0

    def work(self, model: Runnable, duration_ns: int, chunk: int) -> int:
        """Iterate for that long, or for 32 iterations; read the counters as often as they need."""
        run, clock = model.run, self.around.clock
        begin = read = clock()
        iterations = 0
        guard = self._guard_ns()
        while not self._is_long(clock() - begin, iterations, duration_ns):
            for _ in range(chunk):
                run()
            iterations += chunk
            if guard is not None and clock() - read > guard:
                self.book.read()
                read = clock()
        model.synchronize()
        return iterations

    def _is_long(self, passed_ns: int, iterations: int, duration_ns: int) -> bool:
        if iterations >= _FEWEST_ITERATIONS:
            return passed_ns >= duration_ns
        return passed_ns >= _PATIENCE * duration_ns

    def windows(self) -> Windows:
        """Return the columns of all windows."""
        state, first, last, iterations, own, busy = zip(*self.rows, strict=True)
        known = all(one is not None for one in busy)
        return Windows(
            state=state,
            first=first,
            last=last,
            iterations=iterations,
            own_cpu_ns=own if known else (),
            all_cpu_ns=tuple(one or 0 for one in busy) if known else (),
        )

    def _guard_ns(self) -> int | None:
        guards = (self._guard_of(meter) for meter in self.found.meters)
        return min((guard for guard in guards if guard is not None), default=None)

    def _guard_of(self, meter: EnergyMeter) -> int | None:
        """Return how often one counter must be read within a window, in ns; None for never."""
        if meter.is_integrated and self._has_counter(meter.name):
            return _CHECK_NS
        if meter.is_integrated:
            half = (self.periods_ns.get((meter.name, meter.method)) or 0) // 2
            return min(_LONGEST_POLL_NS, max(_SHORTEST_POLL_NS, half))
        return guard_ns(meter.modulus, JOULES[meter.unit], meter.limit_w or _UNKNOWN_LIMIT_W)

    def _has_counter(self, name: str) -> bool:
        return any(one.name == name and not one.is_integrated for one in self.found.meters)
