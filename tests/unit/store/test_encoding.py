"""Encoding then decoding is the identity, for any trial."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.core import wire
from harness.core.reason import Reason
from harness.core.trial import (
    Decision,
    HostMemory,
    Outcome,
    Pass,
    Probes,
    Slices,
    Timeline,
    Trial,
    Verification,
)
from harness.store.line import Line, decode_line, encode_line

COUNTS = st.integers(0, 2**62 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


def column(
    length: int, values: st.SearchStrategy[int] = COUNTS
) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(values, min_size=length, max_size=length).map(tuple)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    probes = draw(st.integers(1, 4))
    slices = draw(st.integers(0, 4))
    iterations = draw(column(slices, st.integers(0, 5)))
    total = sum(iterations)
    places = column(slices, st.integers(0, probes - 1))
    return Timeline(
        samples_ns=draw(st.one_of(st.just(()), column(total))),
        slices=Slices(
            start_ns=draw(column(slices)),
            duration_ns=draw(column(slices)),
            iterations=iterations,
            skipped=draw(column(slices)),
            before=draw(places),
            after=draw(places),
            waited_ns=draw(column(slices)),
            hunting=draw(column(slices, st.integers(0, 1))),
        ),
        probes=Probes(
            start_ns=draw(column(probes)),
            core=draw(column(probes, st.integers(-1, 500))),
            native_ns=draw(column(probes)),
            loop_ns=draw(column(probes)),
            cache_ns=draw(column(probes)),
        ),
        device_ns=draw(column(2)),
        host_ns=draw(column(1)),
    )


REASONS = st.builds(Reason, detail=TEXT, hint=TEXT)
TRIALS = st.builds(
    Trial,
    case_id=TEXT,
    round=st.integers(0, 100),
    kind=st.sampled_from(Pass),
    started_at=TEXT,
    outcome=st.builds(Outcome, reason=st.none() | REASONS, traceback=TEXT),
    prepare_time_ns=st.none() | COUNTS,
    first_inference_ns=st.none() | COUNTS,
    artifact_bytes=st.none() | COUNTS,
    timeline=st.none() | timelines(),
    memory=st.none()
    | st.builds(
        HostMemory,
        runtime=COUNTS,
        load_peak=COUNTS,
        loaded=COUNTS,
        run_peak=COUNTS,
        runtime_anonymous=COUNTS,
        loaded_anonymous=COUNTS,
        lower_bound=COUNTS,
        device_peak=st.none() | COUNTS,
        device_reason=st.none() | REASONS,
    ),
    decision=st.none()
    | st.builds(Decision, relative_half_width=st.none() | FINITE, warm_up_slices=st.integers(0, 9)),
    verification=st.none() | st.builds(Verification, error=FINITE, tolerance=FINITE),
    effective=st.dictionaries(TEXT, TEXT, max_size=3),
    phases_ns=st.dictionaries(TEXT, COUNTS, max_size=3),
)


@given(TRIALS)
def test_encoding_then_decoding_is_the_identity(trial):
    data = encode_line(Line(trial=trial))
    assert data.count(b"\n") == 1
    assert data.endswith(b"\n")
    assert decode_line(data).trial == trial


@given(TRIALS)
def test_the_workers_own_json_is_read_as_the_same_trial(trial):
    assert decode_line(b'{"trial":' + wire.encode(trial) + b"}").trial == trial
