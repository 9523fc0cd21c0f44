"""Steady memory of ONNX Runtime without prepacking, against its weights and a fixed overhead."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from harness.core.case import Case, Scenario
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
_NETWORKS: Final = ("mlp-1.7e7", "mlp-3.4e7", "mlp-6.7e7", "vit-2e7", "resnet-2e7")
_BOUND: Final = Bound(0.95, 1.05)
_LIMIT_S: Final = 300.0


def measure(setting: Setting) -> Row:
    """Weigh each network in a process of its own, as a run does."""
    cases = [_case(name) for name in (_SMALL, *_NETWORKS)]
    material = gathered(cases, setting.cache)
    spawner = Spawner(setting.room("memory"))
    small, *large = ((case, _weigh(spawner, case, material[case.id])) for case in cases)
    overhead = _growth(small[1]) - _weights(small[0])
    ratios = {case: _growth(held) / (_weights(case) + overhead) for case, held in large}
    lines = [f"fixed overhead {overhead / MIB:.1f} MiB, of {_SMALL}"]
    lines += [_line(case, held, ratios[case], overhead) for case, held in large]
    figure = f"{min(ratios.values()):.3f} to {max(ratios.values()):.3f} of weights + overhead"
    met = all(_BOUND.holds(ratio) for ratio in ratios.values())
    return Row("ort_memory", figure, str(_BOUND), met, "\n".join(lines))


def _case(name: str) -> Case:
    case = case_of(name, "onnxruntime")
    target = replace(case.target, options=(("prepacking", "0"),))
    return replace(case, target=target, scenario=Scenario.SINGLE_STREAM)


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


def _line(case: Case, held: HostMemory, ratio: float, overhead: int) -> str:
    weights = _weights(case)
    return (
        f"{case.slug}: {weights / MIB:.1f} MiB of weights, {_growth(held) / MIB:.1f} MiB steady, "
        f"{ratio:.3f} of weights + {overhead / MIB:.1f} MiB; bound {held.lower_bound / MIB:.1f} MiB"
    )
