"""Settings that every runtime has under another name, and proofs of them that need no runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import Reason, ReasonCode

_TASKS: Final = Path("/proc/self/task")
_SMALL: Final = 1e-20
"""Representable in single precision; its square is 1e-40, below the smallest normal number."""


@dataclass(frozen=True, slots=True)
class Option:
    """A named setting that a target may choose; the first value is the default."""

    name: str
    values: tuple[str, ...]


def refuse_options(target: Target, options: Sequence[Option]) -> Reason | None:
    """Say which of the target's options is unknown here, and what there is; None for none."""
    known = {option.name: option.values for option in options}
    for name, value in target.options:
        if name not in known:
            there_are = ", ".join(known) or "none"
            detail = f"{target.backend} has no option {name!r}; there are: {there_are}"
            return Reason(code=ReasonCode.OPTION_UNSUPPORTED, detail=detail)
        if value not in known[name]:
            detail = f"{name}={value} is none of {', '.join(known[name])}"
            return Reason(code=ReasonCode.OPTION_UNSUPPORTED, detail=detail)
    return None


def chosen(target: Target, options: Sequence[Option]) -> dict[str, str]:
    """Return every option's value, the default where the target does not say."""
    return {option.name: target.option(option.name, option.values[0]) for option in options}


def require_applied(asked: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Check that every setting that was asked for is in effect.

    Raises:
        PreparationError: the runtime has another value; both are named.
    """
    wrong = [
        f"{name} is {found.get(name, 'not known')}, asked for {value}"
        for name, value in asked.items()
        if found.get(name) != value
    ]
    if wrong:
        raise PreparationError(ReasonCode.SETTING_NOT_APPLIED, "; ".join(wrong))


def thread_count(tasks: Path = _TASKS) -> int | None:
    """Return how many threads this process has; None where the platform does not say."""
    try:
        return sum(1 for _ in tasks.iterdir())
    except OSError:
        return None


def denormals() -> str:
    """Multiply two small numbers on this thread: `kept`, or `flushed` to zero.

    Source: IEEE 754-2019, section 7.5: the product of these two is subnormal, not zero.
    """
    small = np.full(1, _SMALL, dtype=np.float32)
    return "kept" if float((small * small)[0]) else "flushed"


def unverified(value: object) -> str:
    """Mark a setting that has no getter, and no behaviour by which to prove it."""
    return f"{value} (asked, not verified)"
