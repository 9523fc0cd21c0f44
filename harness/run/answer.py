"""Whether a target can be served here: asked in a process that may touch the device."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from harness.backends.registry import load
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import Reason
from harness.core.wire import decode


def availability_of(target: dict[str, Any]) -> bytes:
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
