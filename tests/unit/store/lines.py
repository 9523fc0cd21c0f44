"""Lines of a made-up run file."""

from __future__ import annotations

from harness.core.run import RunEnd
from harness.store.fake import (
    FakeMachine,
    fake_case,
    fake_header,
)
from harness.store.line import Line, encode_line

CASE = fake_case()
HEADER = encode_line(Line(header=fake_header((CASE,))))
TRIAL = encode_line(Line(trial=FakeMachine(slices=2, hunting=0).trial(CASE)))
END = encode_line(Line(end=RunEnd(finished_at="2026-01-02T03:10:00+00:00")))
