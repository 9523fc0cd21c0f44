"""The load generator in virtual time against the closed form of its queue; real time beside."""

from __future__ import annotations

from time import perf_counter
from typing import Final

import numpy as np

from harness.measure.arrivals import poisson_arrivals
from harness.measure.server import Offer
from tests.bench.row import Bound, Row, Setting
from tests.md1 import mean_wait, wait_quantile
from tests.virtual_server import SERVICE_NS, virtual_server

_LOADS: Final = (0.5, 0.7, 0.9)
_ARRIVALS: Final = 4_000_000
_SEED: Final = 20
_BOUND: Final = Bound(0.95, 1.05)


def measure(setting: Setting) -> Row:
    """Serve Poisson queries of constant service at three loads; compare mean and p99 of waits."""
    count = setting.times(_ARRIVALS, least=100_000)
    ratios: list[float] = []
    lines = [f"{count:,} arrivals a load, seed {_SEED}, service {SERVICE_NS / 1e6:g} ms"]
    for load in _LOADS:
        start = perf_counter()
        waits = _waits(load, count) / SERVICE_NS
        mean, tail = float(waits.mean()), float(np.quantile(waits, 0.99))
        ratios += [mean / mean_wait(load), tail / wait_quantile(0.99, load)]
        lines.append(
            f"load {load:.0%}: mean wait {mean:.4f} services, closed form {mean_wait(load):.4f}; "
            f"p99 {tail:.3f}, closed form {wait_quantile(0.99, load):.3f}; "
            f"{perf_counter() - start:.1f} s"
        )
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    met = all(_BOUND.holds(ratio) for ratio in ratios)
    return Row("queue", f"{worst:.4f} at worst", f"{_BOUND} of M/D/1", met, "\n".join(lines))


def _waits(load: float, count: int) -> np.typing.NDArray[np.float64]:
    rate = load * 1e9 / SERVICE_NS
    offer = Offer(
        rate=rate,
        seed=_SEED,
        queries=count,
        bound_ns=SERVICE_NS,
        start_ns=0,
        counter="",
        gives_up=False,
    )
    arrivals = poisson_arrivals(rate, count, _SEED).tolist()
    answered = virtual_server().answer(offer, arrivals, range(count))
    return np.array(answered.waited_ns, dtype=np.float64)
