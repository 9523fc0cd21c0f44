"""`python -m tests.bench.host_memory_one WEIGHTS SPIKE WORK`: weigh such a network, in bytes.

With a fourth argument, a thread reads resident memory every so many seconds beside it.
"""

from __future__ import annotations

import os
import sys
from threading import Event, Thread
from time import sleep

from harness.measure.memory import Weighing, measure_memory
from tests.bench.ballast import Ballast, ballast_task
from tests.bench.child import answer


def main(weights: int, spike: int, work: int, interval_s: float) -> None:
    """Answer with what loading, keeping and running took, and the most that the sampler saw."""
    backend = Ballast(weights=weights, spike=spike, work=work)
    seen, done = [_resident()], Event()
    sampler = Thread(target=_sample, args=(seen, done, interval_s), daemon=True)
    if interval_s:
        sampler.start()
    held = measure_memory(ballast_task(weights), Weighing(backend=lambda _: backend))
    done.set()
    answer(
        {
            "load_peak": held.load_peak - held.runtime,
            "kept": held.loaded_anonymous - held.runtime_anonymous,
            "run_peak": held.run_peak - held.loaded,
            "sampled": max(seen) - held.runtime,
        }
    )


def _sample(seen: list[int], done: Event, interval_s: float) -> None:
    while not done.is_set():
        sleep(interval_s)
        seen.append(_resident())


def _resident() -> int:
    """Return what is resident, in bytes. Source: Linux man-pages, proc_pid_statm(5)."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a sampler is cheap
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:4]]
    main(sizes[0], sizes[1], sizes[2], float(sys.argv[4]))
