"""Whether reading counters of energy slows down the iterations between the readings."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from tests.bench.child import ask
from tests.bench.counters import counting
from tests.bench.material import case_of, gathered
from tests.bench.numbers import listed, middle, span
from tests.bench.row import Bound, Row, Setting

_NETWORKS: Final = ("mlp-1e5", "mlp-1e6", "encoder-1e6")
_PROCESSES: Final = 8
_SECONDS: Final = 8.0
_BOUND: Final = Bound(0.99, 1.01)


def measure(setting: Setting) -> Row:
    """Take windows of the energy pass between halves of the plain loop, in fresh processes."""
    gathered([case_of(network, "eager") for network in _NETWORKS], setting.cache)
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    with counting(setting.room("energy_pass")) as root:
        for turn in range(setting.times(_PROCESSES, least=2)):
            seconds = setting.seconds(_SECONDS)
            found = ask("energy_pass_pair", "eager", setting.cache, turn, seconds, root, *_NETWORKS)
            for slug, pair in found.items():
                ratios[slug].append(pair["ratio"])
    middles = [middle(found) for found in ratios.values()]
    return Row(
        "energy_pass",
        span(middles),
        str(_BOUND),
        all(map(_BOUND.holds, middles)),
        "\n".join(f"{slug}: processes {listed(found)}" for slug, found in ratios.items()),
    )
