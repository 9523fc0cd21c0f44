"""All splits of two cores into processes and threads, measured and ranked with intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from harness.analyse.splits import Ranking, Split, rankings
from harness.report.splits_table import splits_table
from harness.report.table import plain
from harness.run.axes import splits
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.listening import Hooked
from tests.bench.row import Row, Setting

_ROUNDS: Final = 8
_WANTED: Final = {"1x1", "1x2", "2x1"}
_PLAN: Final = Plan(
    family=("cnn", "mlp"),
    params=("1e6", "1e7"),
    backend=("onnxruntime",),
    split=("all",),
    scenario=("offline", "single_stream"),
    rounds=_ROUNDS,
    seconds=1.0,
    control=False,
    energy=False,
)


def measure(setting: Setting) -> Row:
    """Measure every split of this machine's cores; say which is best, and by how much."""
    room = setting.room("splits")
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    rounds = setting.times(_ROUNDS, least=2)
    plan = replace(_PLAN, rounds=rounds, seconds=setting.seconds(1.0))
    found = rankings(read_run(begin(plan, ("tests.bench",), places, Hooked(_nothing))))
    asked = {f"{one.processes}x{one.threads}" for one in splits(plan)}
    met = all(_is_ranked(one, asked) for one in found) and asked >= _WANTED
    return Row(
        "splits",
        "; ".join(map(_told, found)),
        "all splits of two cores measured, ranked with intervals",
        met,
        "\n".join(plain(splits_table(one)) for one in found),
    )


def _is_ranked(ranking: Ranking, asked: set[str]) -> bool:
    """Whether every split has a throughput with both ends of its interval."""
    throughputs = [split.throughput for split in ranking.splits]
    known = all(one is not None and one.low is not None for one in throughputs)
    return known and {split.case.split for split in ranking.splits} == asked


def _told(ranking: Ranking) -> str:
    network = ranking.splits[0].case.slug.partition("/")[0]
    return f"{network}: {' > '.join(map(_split, ranking.splits))}"


def _split(split: Split) -> str:
    gain = split.speed_up
    if gain is None or gain.low is None or gain.high is None:
        return split.case.split
    return f"{split.case.split} ({gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}] of 1x1)"


def _nothing(label: str) -> None:
    del label
