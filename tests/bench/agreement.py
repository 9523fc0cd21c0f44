"""Whether the latency reported is the one that a loop written by hand would see."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from tests.bench.child import ask
from tests.bench.material import case_of, gathered
from tests.bench.numbers import listed, middle, span
from tests.bench.row import Bound, Row, Setting

_NETWORKS: Final = ("mlp-1e5", "mlp-1e6", "mlp-1e7", "encoder-1e5", "encoder-1e6", "encoder-1e7")
_BACKENDS: Final = ("eager", "onnxruntime")
_PAIRS: Final = 10
_SECONDS: Final = 2.0
_BOUND: Final = Bound(0.98, 1.02)


def measure(setting: Setting) -> Row:
    """Compare both sides in pairs, each in a fresh process of its own."""
    cases = [case_of(network, backend) for backend in _BACKENDS for network in _NETWORKS]
    gathered(cases, setting.cache)
    pairs: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in range(setting.times(_PAIRS, least=2)):
        for backend in _BACKENDS:
            seconds = setting.seconds(_SECONDS)
            found = ask("agreement_pair", backend, setting.cache, turn, seconds, *_NETWORKS)
            for slug, pair in found.items():
                pairs[slug].append(pair)
    ratios = {slug: middle([pair["ratio"] for pair in taken]) for slug, taken in pairs.items()}
    return Row(
        "agreement",
        f"{span(list(ratios.values()))} (medians of {len(ratios)} networks)",
        str(_BOUND),
        all(_BOUND.holds(ratio) for ratio in ratios.values()),
        "\n".join(_detail(slug, ratios[slug], taken) for slug, taken in pairs.items()),
    )


def _detail(slug: str, ratio: float | None, pairs: list[dict[str, Any]]) -> str:
    every = middle([pair["ratio_of_all"] for pair in pairs])
    quiet = middle([pair["quiet_share"] for pair in pairs])
    first_ns = middle([pair["first_ns"] for pair in pairs]) or 0.0
    verdict = "" if _BOUND.holds(ratio) else " (out of bound)"
    median = "-" if ratio is None else f"{ratio:.4f}"
    return (
        f"{slug}: {median}{verdict}; pairs {listed([pair['ratio'] for pair in pairs])}; "
        f"all slices {every:.4f}; {first_ns / 1e3:.1f} us; quiet share {quiet:.2f}"
    )
