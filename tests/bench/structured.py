"""What removing half of the channels, heads and neurons buys: everything must fall."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from harness.core.record import Record
from harness.run.plan import Plan
from tests.bench.row import Row, Setting
from tests.bench.variant_runs import described, latency_ratio, measured, ratio_of

_VARIANT: Final = "structured-0.5"
_FAMILIES: Final = ("encoder", "resnet", "mlp")
_PLAN: Final = Plan(
    family=("encoder",),
    params=("1e7",),
    variant=("none", _VARIANT),
    backend=("onnxruntime",),
    rounds=3,
    seconds=1.5,
    control=False,
    energy=False,
)


def measure(setting: Setting) -> Row:
    """Measure networks of 10^7 parameters, plain and pruned by half, in ONNX Runtime."""
    ratios: list[float | None] = []
    lines = []
    for family in _FAMILIES:
        plan = replace(
            _PLAN,
            family=(family,),
            rounds=setting.times(3, least=2),
            seconds=setting.seconds(1.5),
        )
        found = measured(setting, f"structured-{family}", plan)
        plain, pruned = found[""], found[_VARIANT]
        parts = _ratios(plain, pruned)
        ratios += parts.values()
        said = ", ".join(
            f"{name} {'none' if ratio is None else f'{ratio:.3f}'}" for name, ratio in parts.items()
        )
        lines += [f"{family}: {said}", described(plain), described(pruned)]
    known = [ratio for ratio in ratios if ratio is not None]
    is_met = len(known) == len(ratios) and all(ratio < 1 for ratio in known)
    figure = f"{max(known, default=0.0):.3f} at most"
    return Row("structured", figure, "all below 1 x the plain network's", is_met, "\n".join(lines))


def _ratios(plain: Record, pruned: Record) -> dict[str, float | None]:
    """Return pruned over plain: count, artifact, memory, latency."""
    latency, metric = latency_ratio(plain, pruned)
    counts = (pruned.parameter_count, plain.parameter_count)
    return {
        "count": counts[0] / counts[1] if counts[0] and counts[1] else None,
        "artifact": ratio_of(plain, pruned, "artifact_bytes"),
        "peak_rss": ratio_of(plain, pruned, "peak_rss"),
        metric: latency,
    }
