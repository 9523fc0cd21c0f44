"""Whether the light ONNX models inside the onnx package run, or fail with an operator's name."""

from __future__ import annotations

from pathlib import Path

import onnx

from harness.analyse.records import records
from harness.core.record import Record
from harness.core.trial import Status
from harness.report.format import count, quantity
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.level import state_folder
from harness.store.read import read_run
from tests.bench.listening import Hooked
from tests.bench.row import Row, Setting


def measure(setting: Setting) -> Row:
    """Run each of them by ONNX Runtime, as files of the user's own."""
    folder = Path(onnx.__file__).parent / "backend/test/data/light"
    files = sorted(folder.glob("light_*.onnx"))
    plan = Plan(
        onnx=tuple(map(str, files)),
        backend=("onnxruntime",),
        rounds=setting.times(3),
        control=False,
        memory=False,
        energy=False,
    )
    room = setting.room("own_onnx")
    places = Places(out=room, cache=setting.cache, state=state_folder())
    run = read_run(begin(plan, ("tests.bench", "own_onnx"), places, Hooked(_nothing)))
    found = {Path(record.case.model.preset).stem: record for record in records(run)}
    ran = [name for name, one in found.items() if one.outcome.status is Status.COMPLETED]
    named = [path.stem for path in files if path.stem not in ran and _names(path, found[path.stem])]
    return Row(
        name="own_onnx",
        figure=f"{len(ran)} of {len(files)} run, {len(named)} fail with a named operator",
        bound="all run, or fail with a named operator",
        met=bool(files) and len(ran) + len(named) == len(files),
        detail="\n".join(_line(name, one) for name, one in found.items()),
    )


def _nothing(label: str) -> None:
    del label


def _names(path: Path, record: Record) -> bool:
    """Whether why a file failed names one of its operators."""
    said = str(record.outcome.reason)
    return any(node.op_type in said for node in onnx.load(path).graph.node)


def _line(name: str, record: Record) -> str:
    if record.outcome.status is not Status.COMPLETED:
        return f"{name}: {record.outcome.status}, {record.outcome.reason}"
    value = record.values["latency_p50"].value
    latency = "latency not known" if value is None else quantity(value, "s")
    outputs = record.effective.get("outputs", "outputs depend on the inputs")
    error = record.verification.error if record.verification else float("nan")
    return (
        f"{name}: {count(record.parameter_count or 0)} parameters, {latency}, relative difference "
        f"to {record.effective.get('reference', 'the reference')} {error:.1e}, {outputs}"
    )
