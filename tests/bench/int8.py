"""What int8 buys on the CPU: a calibrated file beside the plain one, in ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from harness.run.plan import Plan
from tests.bench.row import Row, Setting, under
from tests.bench.variant_runs import described, latency_ratio, measured

_BOUND: Final = under(1)
_PLAN: Final = Plan(
    family=("encoder",),
    params=("1e7",),
    variant=("none", "int8-static", "int8-dynamic"),
    backend=("onnxruntime",),
    batch_size=(8,),
    rounds=5,
    seconds=3.0,
    control=False,
    memory=False,
    energy=False,
)


def measure(setting: Setting) -> Row:
    """Measure encoder 1e7 at batch 8; the figure is int8 static's latency over fp32's."""
    plan = replace(_PLAN, rounds=setting.times(5, least=2), seconds=setting.seconds(3.0))
    found = measured(setting, "int8", plan)
    plain, static, dynamic = (found[name] for name in ("", "int8-static", "int8-dynamic"))
    ratio, metric = latency_ratio(plain, static)
    other, _ = latency_ratio(plain, dynamic)
    figure = "none" if ratio is None else f"{ratio:.3f} of fp32's {metric}"
    loss = ""
    if static.facts:
        loss = f", outputs off by {static.facts.fidelity.relative_error:.3g}"
    said = "none" if other is None else f"{other:.3f}"
    lines = [*(described(one) for one in found.values()), f"int8 dynamic over fp32: {said}"]
    bound = f"{_BOUND}: faster"
    is_met = ratio is not None and ratio < 1
    return Row("int8", figure + loss, bound, is_met, "\n".join(lines))
