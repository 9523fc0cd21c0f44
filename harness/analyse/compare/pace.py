"""Whether the machine itself was faster for one side, by probes that know nothing of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from harness.analyse.compare.measured import Measured

_AGREEMENT: Final = 0.007
"""Relative; paces within it are one. Source: own measurement; the quiet reading of the native probe
spreads by so much between processes. Two runs of this machine, 26 minutes apart, had paces that
differed by 2.9 %, and their 34 cases by 2.9 % in the middle; those bound by memory did not."""


def pace_of(base: Sequence[Measured], candidate: Sequence[Measured]) -> float:
    """Return how much slower the machine was for the candidate, as a logarithm.

    Returns:
        0 where both paces agree, or one is not known.
    """
    ours, theirs = _logs(base), _logs(candidate)
    if not ours or not theirs:
        return 0.0
    pace = float(np.mean(theirs) - np.mean(ours))
    return pace if abs(pace) > math.log1p(_AGREEMENT) else 0.0


def pace_sentence(pace: float) -> str:
    """Say that the machine had another pace; empty where it had not."""
    if not pace:
        return ""
    word = "slower" if pace > 0 else "faster"
    return (
        f"The machine itself was {100 * abs(math.expm1(pace)):.1f} % {word} for the candidate, by "
        "its own probes: verdicts on times hold with and without that."
    )


def _logs(side: Sequence[Measured]) -> list[float]:
    return [math.log(run.pace_ns) for run in side if run.pace_ns]
