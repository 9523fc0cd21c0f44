"""What a measuring process does with a request: whether a target can be served, or a trial."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harness.backends.registry import load
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import Reason
from harness.core.task import Task
from harness.core.trial import Pass
from harness.core.wire import decode, encode
from harness.measure.crew import needs_crew, perform_crew
from harness.measure.probe import Prober
from harness.measure.trial import ALONE, Way, perform
from harness.run.lifeline import die_with_parent


def answer(request: Mapping[str, Any], prober: Prober | None = None) -> bytes:
    """Do a request to its end, in a process that does nothing afterwards.

    Args:
        request: With `target`, to be asked for; or `task`, and `pair` where it is one side of two.
        prober: With its buffers made already; else a trial makes its own.
    """
    if "target" in request:
        return availability_of(request["target"])
    task = decode(json.dumps(request["task"]).encode(), Task)
    gc.disable()
    if task.kind is Pass.TIMING and needs_crew(task.case):
        return encode(perform_crew(task, prober, die_with_parent))
    return encode(perform(task, prober, _way(request)))


def _way(request: Mapping[str, Any]) -> Way:
    if "pair" not in request:
        return ALONE
    from harness.measure.alternate import InTurns
    from harness.measure.alternate_channel import Pairing

    return InTurns(decode(json.dumps(request["pair"]).encode(), Pairing))


def availability_of(target: Mapping[str, Any]) -> bytes:
    """Return the reason why a target cannot be served, as JSON; `null` where it can."""
    wanted = decode(json.dumps(target).encode(), Target)
    try:
        reason = load(wanted.backend).availability(wanted)
    except Unavailable as error:
        reason = error.reason
    return json.dumps(asdict(reason) if reason else None).encode()


def read_availability(data: bytes) -> Reason | None:
    """Read what `availability_of` wrote."""
    return None if data == b"null" else decode(data, Reason)
