"""Whether the machine itself was faster for one side, by probes that know nothing of a network."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.measured import Key, Measured

_Deviations = NDArray[np.float64]
"""(2, trials): logarithms of pace and value, about their means."""

_FEWEST: Final = 20
"""Degrees of freedom below which no slope is looked for."""
_CLEAR: Final = 4.0
"""Standard errors from none that make a slope."""
_STEEPEST: Final = 1.5
"""Source: own measurement; 33 networks within the second-level cache, eight runs of five rounds on
a virtual machine, follow by 0.9 to 1.2, which takes the spread of a trial from 1.6 to 0.95 %."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How quiet times of one trial follow what the native probe read beside it.

    A core's clock moves by a per cent or two from second to second. The probe moves with it and
    knows nothing of a network, so that taking its share out of a trial does not bias.
    """

    slopes: Mapping[str, float] = field(default_factory=dict)
    """By metric, the change of its logarithm for one of the probe's; others do not follow."""
    is_apart: bool = False
    """Whether runs had paces of their own, which stay in: verdicts hold with and without them."""

    def pace(self, run: Measured, key: Key) -> NDArray[np.float64] | float:
        """Return what is taken out of the logarithms of a case's trials: (trials,), or nothing."""
        slope = self.slopes.get(key[1], 0.0)
        if not slope or key not in run.paces:
            return 0.0
        kept = _middle(run, key[1]) if self.is_apart else 0.0
        return slope * (np.log(run.paces[key]) - kept)

    @property
    def sentence(self) -> str:
        """Say what was taken out; empty for nothing."""
        told = (f"{metric} by {abs(slope):.2g} %" for metric, slope in self.slopes.items())
        found = ", ".join(told)
        return (
            f"The machine's own pace beside each trial is taken out: for 1 % of it, {found}."
            if found
            else ""
        )


def following(runs: Sequence[Measured], *, is_apart: bool) -> Following:
    """Find out from all trials how quiet times follow the pace, within the trials of one case.

    Args:
        runs: Of both sides.
        is_apart: Whether the pace of whole runs stays in.
    """
    metrics = sorted({metric for run in runs for _, metric in run.paces})
    slopes = {metric: _slope(runs, metric) for metric in metrics}
    return Following(slopes={k: slope for k, slope in slopes.items() if slope}, is_apart=is_apart)


def _slope(runs: Sequence[Measured], metric: str) -> float:
    """Return the slope by weighted least squares; 0 where it is not clearly there."""
    groups: defaultdict[str, list[_Deviations]] = defaultdict(list)
    for run in runs:
        for key, paces in run.paces.items():
            if key[1] == metric and len(paces) > 1 and key in run.values:
                pair = np.log(np.array([paces, run.values[key]]))
                groups[key[0]].append(pair - pair.mean(axis=1, keepdims=True))
    degrees, squares, products = -1, 0.0, 0.0
    for parts in groups.values():
        x, y = np.concatenate(parts, axis=1)
        own = x.size - len(parts)
        variance = float(y @ y) / own
        if variance > 0:
            degrees, squares = degrees + own, squares + float(x @ x) / variance
            products += float(x @ y) / variance
    if degrees < _FEWEST or squares <= 0 or abs(products) < _CLEAR * math.sqrt(squares):
        return 0.0
    return max(-_STEEPEST, min(_STEEPEST, products / squares))


def _middle(run: Measured, metric: str) -> float:
    """Return the mean logarithm of the run's readings."""
    found = [np.log(paces) for key, paces in run.paces.items() if key[1] == metric]
    return float(np.concatenate(found).mean())


def _logs(side: Sequence[Measured]) -> list[float]:
    return [math.log(run.pace_ns) for run in side if run.pace_ns]
