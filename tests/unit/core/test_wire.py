import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Case, Scenario, Target
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Sampling, Task
from harness.core.trial import (
    Decision,
    HostMemory,
    Outcome,
    Pass,
    Slices,
    Status,
    StopReason,
    Timeline,
    Trial,
)
from harness.core.wire import decode, encode
from model_zoo.export.artifact import Artifact
from model_zoo.spec import ModelSpec

SPEC = ModelSpec.of("mlp", hidden_size=8, num_layers=2)
ARTIFACT = Artifact(
    spec=SPEC,
    format="onnx",
    precision="fp32",
    folder="folder",
    main="model.onnx",
    parameter_count=10,
    bytes=40,
    digest="d",
    exporter="e",
    exporter_version="1",
)
counts = st.lists(st.integers(0, 2**62), max_size=5).map(tuple)


@given(samples=counts, hunting=counts, text=st.text(), width=st.none() | st.floats(0, 1))
def test_a_trial_that_crossed_a_pipe_is_the_same(samples, hunting, text, width):
    reason = Reason(code=ReasonCode.OUT_OF_MEMORY, detail=text)
    trial = Trial(
        case_id="a",
        round=1,
        kind=Pass.TIMING,
        started_at="2026-11-22T00:00:00+00:00",
        outcome=Outcome(status=Status.FAILED, reason=reason, traceback=text),
        timeline=Timeline(samples_ns=samples, slices=Slices(hunting=hunting)),
        decision=Decision(stopped=StopReason.PRECISE, relative_half_width=width),
        memory=HostMemory(
            runtime=1,
            load_peak=2,
            loaded=3,
            run_peak=4,
            runtime_anonymous=5,
            loaded_anonymous=6,
            lower_bound=7,
        ),
        effective={"threads": "1"},
        phases_ns={"prepare": 3},
    )
    assert decode(encode(trial), Trial) == trial


def test_a_task_that_crossed_a_pipe_is_the_same():
    case = Case(
        model=SPEC,
        target=Target(backend="eager", options=(("a", "1"),)),
        scenario=Scenario.OFFLINE,
        batch_size=8,
    )
    task = Task(
        case=case,
        round=2,
        kind=Pass.MEMORY,
        artifact=ARTIFACT,
        reference="folder",
        depth=3,
        widest=8,
        lower_bound=9,
        cores=(0, 1),
        level_ns=23.5,
        sampling=Sampling(min_seconds=0.1, max_seconds=0.2),
    )
    assert decode(encode(task), Task) == task


@pytest.mark.parametrize("data", [b"[]", b"3", b'{"kind": "timing"}', b"nonsense", b"null"])
def test_text_of_another_shape_is_refused(data):
    with pytest.raises(ValueError, match=r".+"):
        decode(data, Trial)
