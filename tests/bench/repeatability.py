"""Whether the quiet latency that is reported comes out again, beside a plain loop's median."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Final

from harness.analyse.records import records
from harness.core.record import Record, Value
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.child import ask
from tests.bench.listening import Hooked
from tests.bench.material import case_of, gathered
from tests.bench.numbers import middle, percent, spread
from tests.bench.row import Row, Setting

_FITTING: Final = ("mlp-1e5", "encoder-1e5")
"""0.4 MB of weights: they fit a second-level cache of 1 MiB."""
_CACHE_BOUND: Final = ("mlp-1e6", "mlp-4e6")
"""4 and 16 MB: they live in the cache that cores share."""
_BACKENDS: Final = ("eager", "onnxruntime")
_RUNS: Final = 10
_ROUNDS: Final = 5
_SECONDS: Final = 0.6
_PLAIN_SECONDS: Final = 2.0
_FITTING_BOUND: Final = 0.025
_GOAL: Final = 0.05
_SHARE_OF_PLAIN: Final = 0.5
_FEWEST_NUMBERS: Final = 0.9
"""Of all runs."""
_FEWEST_COVERED: Final = 0.8
"""Share of the intervals of 95 % that must hold the median of all runs, of cache-bound networks:
eight of ten; by chance alone fewer do in one bench of eighty."""
_PLAN: Final = Plan(
    family=("mlp", "encoder"),
    params=("1e5", "1e6", "4e6"),
    backend=_BACKENDS,
    exclude=({"family": ("encoder",), "params": ("1e6", "4e6")},),
    rounds=_ROUNDS,
    seconds=_SECONDS,
    control=False,
    memory=False,
    energy=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all runs said of one case."""

    network: str
    values: list[Value] = field(default_factory=list)
    quiet_shares: list[float | None] = field(default_factory=list)
    plain_ns: list[float] = field(default_factory=list)

    @property
    def numbers(self) -> list[float]:
        """Quiet latencies of the runs that gave one, in s."""
        return [value.value for value in self.values if value.value is not None]

    @property
    def is_met(self) -> bool:
        """Whether enough runs gave a number, and they are near enough to each other."""
        found, beside = spread(self.numbers), spread(self.plain_ns)
        if found is None or len(self.numbers) < _FEWEST_NUMBERS * len(self.values):
            return False
        if self.network in _FITTING:
            return found <= _FITTING_BOUND
        covers = (self.covered or 0.0) >= _FEWEST_COVERED
        return covers and beside is not None and found <= _SHARE_OF_PLAIN * beside

    @property
    def covered(self) -> float | None:
        """Share of the runs whose interval holds the median of all runs."""
        if not self.numbers:
            return None
        centre = median(self.numbers)
        bounds = [(v.low, v.high) for v in self.values if v.value is not None]
        hits = [
            low is not None and high is not None and low <= centre <= high for low, high in bounds
        ]
        return sum(hits) / len(hits)


def measure(setting: Setting) -> Row:
    """Run the product again and again; after each run, plain loops in fresh processes."""
    cases = {
        case.id: (network, case)
        for backend in _BACKENDS
        for network in (*_FITTING, *_CACHE_BOUND)
        for case in [case_of(network, backend)]
    }
    gathered([case for _, case in cases.values()], setting.cache)
    seen = {case_id: Seen(network=network) for case_id, (network, _) in cases.items()}
    for _ in range(setting.times(_RUNS, least=2)):
        for record in _run(setting):
            seen[record.case.id].values.append(record.values["latency_quiet"])
            seen[record.case.id].quiet_shares.append(record.values["quiet_share"].value)
        for case_id, (network, case) in cases.items():
            backend, seconds = case.target.backend, setting.seconds(_PLAIN_SECONDS)
            plain_ns = ask("plain", backend, setting.cache, seconds, network)
            seen[case_id].plain_ns.append(plain_ns)
    return _row({case.slug: seen[case_id] for case_id, (_, case) in cases.items()})


def _run(setting: Setting) -> tuple[Record, ...]:
    room = setting.room("repeatability")
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    return records(read_run(begin(_PLAN, ("tests.bench",), places, Hooked(_nothing))))


def _nothing(label: str) -> None:
    del label


def _row(seen: dict[str, Seen]) -> Row:
    fitting = [s for s in seen.values() if s.network in _FITTING]
    bound = [s for s in seen.values() if s.network in _CACHE_BOUND]
    return Row(
        "repeatability",
        f"{_worst(fitting)} where weights fit L2; {_worst(bound)} cache-bound",
        f"{percent(_FITTING_BOUND)}; half of the plain loop's, and intervals that "
        f"cover it ({percent(_GOAL)} is the goal)",
        all(s.is_met for s in seen.values()),
        "\n".join(_detail(slug, thing) for slug, thing in seen.items()),
    )


def _worst(seen: list[Seen]) -> str:
    found = [spread(s.numbers) for s in seen]
    there = [value for value in found if value is not None]
    return f"at most {percent(max(there))}" if len(there) == len(found) else "no number"


def _detail(slug: str, seen: Seen) -> str:
    numbers, share = seen.numbers, middle(seen.quiet_shares)
    found = " ".join(f"{value * 1e6:.2f}" for value in numbers)
    plain = " ".join(f"{ns * 1e-3:.2f}" for ns in seen.plain_ns)
    return (
        f"{slug}: {percent(spread(numbers))}{'' if seen.is_met else ' (out of bound)'}, "
        f"{len(numbers)} of {len(seen.values)} runs gave a number; "
        f"plain loop {percent(spread(seen.plain_ns))}; median quiet share {percent(share)}; "
        f"interval holds the median of all in {percent(seen.covered)} of the runs; "
        f"us: {found}; plain us: {plain}"
    )
