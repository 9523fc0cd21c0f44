"""Steady memory of ONNX Runtime without prepacking, against its weights and a fixed overhead."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from harness.core.case import Case
from harness.core.task import Sampling
from harness.core.trial import HostMemory, Pass, Trial
from harness.core.wire import decode
from harness.run.artifacts import Material
from harness.run.fit import cost_of
from harness.run.processes import Spawner
from tests.bench.ballast import MIB
from tests.bench.material import case_of, gathered, task_of
from tests.bench.row import Bound, Row, Setting

_SMALL: Final = "mlp-1e5"
"""Its weights are nothing beside the fixed overhead, which it shows."""
_DENSE: Final = ("mlp-1.7e7", "mlp-3.4e7", "mlp-6.7e7")
"""Networks whose activations are nothing beside their weights."""
_DEEP: Final = ("vit-2e7", "encoder-2e7", "resnet-2e7")
"""Shown beside them and not judged: with the arena of activations and without, and with weights
laid out anew for convolutions and without, each a choice that costs memory."""
_PLAIN: Final = (("prepacking", "0"),)
_NO_ARENA: Final = (("cpu_mem_arena", "0"), ("prepacking", "0"))
_AS_STORED: Final = (
    ("cpu_mem_arena", "0"),
    ("graph_optimization", "extended"),
    ("prepacking", "0"),
)
_BOUND: Final = Bound(0.95, 1.05)
_LIMIT_S: Final = 300.0


def measure(setting: Setting) -> Row:
    """Weigh each network in a process of its own, as a run does."""
    judged = [_case(name, _PLAIN) for name in _DENSE]
    choices = (_PLAIN, _NO_ARENA, _AS_STORED)
    shown = [_case(name, options) for name in _DEEP for options in choices]
    small = _case(_SMALL, _PLAIN)
    material = gathered([small, *judged, *shown], setting.cache)
    spawner = Spawner(setting.room("memory"))
    held = {case: _weigh(spawner, case, material[case.id]) for case in (small, *judged, *shown)}
    overhead = _growth(held[small]) - _weights(small)
    ratios = {case: _growth(one) / (_weights(case) + overhead) for case, one in held.items()}
    lines = [f"fixed overhead {overhead / MIB:.1f} MiB, of {_SMALL}"]
    lines += [_line(case, held[case], ratios[case]) for case in judged]
    lines += [f"{_line(case, held[case], ratios[case])} (not judged)" for case in shown]
    found, others = [ratios[case] for case in judged], [ratios[case] for case in shown]
    figure = (
        f"mlp {min(found):.3f} to {max(found):.3f} of weights + overhead; networks with "
        f"activations {min(others):.2f} to {max(others):.2f}, not judged"
    )
    met = all(map(_BOUND.holds, found))
    return Row("ort_memory", figure, f"{_BOUND}, mlp", met, "\n".join(lines))


def _case(name: str, options: tuple[tuple[str, str], ...]) -> Case:
    case = case_of(name, "onnxruntime")
    return replace(case, target=replace(case.target, options=options))


def _weigh(spawner: Spawner, case: Case, material: Material) -> HostMemory:
    task = replace(task_of(case, material, Sampling()), kind=Pass.MEMORY)
    trial = decode(spawner.ask({"task": asdict(task)}, _LIMIT_S), Trial)
    if trial.memory is None:
        raise RuntimeError(f"{case.slug}: {trial.outcome.reason}")
    return trial.memory


def _growth(held: HostMemory) -> int:
    """Return what stays resident after the last iteration, over the runtime's."""
    assert held.steady is not None, "this version reads it in every trial"
    return held.steady - held.runtime


def _weights(case: Case) -> int:
    return cost_of(case).weight_bytes


def _line(case: Case, held: HostMemory, ratio: float) -> str:
    weights = _weights(case)
    assert held.steady_anonymous is not None, "as above"
    anonymous = held.steady_anonymous - held.runtime_anonymous
    return (
        f"{case.slug}: {weights / MIB:.1f} MiB of weights, {_growth(held) / MIB:.1f} MiB steady, "
        f"{anonymous / MIB:.1f} MiB of them anonymous, "
        f"{ratio:.3f} of weights + overhead; bound {held.lower_bound / MIB:.1f} MiB"
    )
