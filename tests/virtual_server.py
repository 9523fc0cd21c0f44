"""The load generator on a clock that nobody waits for, before a backend of constant service."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import repeat
from typing import Final

from harness.backends.fake import FakeClock, FakePrepared
from harness.measure.server import Server
from harness.measure.slices import one_pass
from harness.measure.timer import VirtualTimer

SERVICE_NS: Final = 1_000_000
"""Duration of every pass."""


def virtual_server(durations_ns: Iterator[int] | None = None) -> Server:
    """Return a server whose passes take the durations given, or all the same."""
    clock = FakeClock()
    durations = repeat(SERVICE_NS) if durations_ns is None else durations_ns
    prepared = FakePrepared(clock, durations, events=deque(maxlen=1))
    return Server(call=one_pass(prepared), clock=clock, timer=VirtualTimer(clock))
