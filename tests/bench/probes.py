"""Whether probes change what they stand beside, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from tests.bench.child import ask
from tests.bench.material import case_of, gathered
from tests.bench.numbers import listed, middle, percent, span
from tests.bench.row import Bound, Row, Setting, under

_NETWORKS: Final = ("mlp-1e5", "mlp-1e6", "encoder-1e6")
_PAIRS: Final = 10
_SECONDS: Final = 2.0
_BOUND: Final = Bound(0.99, 1.01)
_SHARE: Final = under(0.05)


def measure(setting: Setting) -> Row:
    """Compare slices with and without a probe before them, in fresh processes."""
    gathered([case_of(network, "eager") for network in _NETWORKS], setting.cache)
    taken: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in range(setting.times(_PAIRS, least=2)):
        seconds = setting.seconds(_SECONDS)
        found = ask("probes_pair", "eager", setting.cache, turn, seconds, *_NETWORKS)
        for slug, pair in found.items():
            taken[slug].append(pair)
    ratios = [middle([pair["ratio"] for pair in pairs]) for pairs in taken.values()]
    shares = [middle([pair["share"] for pair in pairs]) for pairs in taken.values()]
    worst = max(share for share in shares if share is not None)
    return Row(
        "probes",
        f"{span(ratios)}; {percent(worst)} of the time",
        f"{_BOUND}; at most 5 %",
        all(map(_BOUND.holds, ratios)) and _SHARE.holds(worst),
        "\n".join(_detail(slug, pairs) for slug, pairs in taken.items()),
    )


def _detail(slug: str, pairs: list[dict[str, Any]]) -> str:
    ratios = [pair["ratio"] for pair in pairs]
    every = middle([pair["ratio_of_all"] for pair in pairs])
    quiet = middle([pair["quiet_share"] for pair in pairs])
    share = middle([pair["share"] for pair in pairs])
    median = middle(ratios)
    return (
        f"{slug}: {'-' if median is None else f'{median:.4f}'}; pairs {listed(ratios)}; "
        f"all slices {every:.4f}; quiet share {quiet:.2f}; probes and refills {percent(share)}"
    )
