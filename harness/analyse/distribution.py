"""How the latency of a case was distributed, over all its trials as experienced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.evidence import Seconds, read
from harness.core.case import Scenario
from harness.core.run import Run
from harness.core.trial import Pass, Side, Status, Trial

BARS: Final = 40
_CUT: Final = (0.001, 0.99)
"""Quantiles between which the bars lie; what is beyond is counted in the outermost ones."""
_FEWEST: Final = 20
"""Samples of which a histogram says anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Samples of one case, counted in bars of equal width."""

    low: float
    """Seconds, where the first bar begins."""
    step: float
    """Seconds, the width of each bar."""
    counts: tuple[int, ...]
    """Samples in each bar; the outermost hold all that lies beyond them, too."""
    median: float
    """Seconds, as the ends."""
    largest: float
    trials: int

    @property
    def samples(self) -> int:
        """How many there are."""
        return sum(self.counts)


def distributions(run: Run, case_ids: Iterable[str]) -> Mapping[str, Histogram]:
    """Return, by case id, a histogram of each case that has samples enough."""
    wanted = frozenset(case_ids)
    single = {case.id for case in run.header.cases if case.scenario is Scenario.SINGLE_STREAM}
    trials: defaultdict[str, list[Trial]] = defaultdict(list)
    for trial in run.trials:
        if trial.case_id in wanted & single and _counts(trial):
            trials[trial.case_id].append(trial)
    found = ((case_id, _histogram(group)) for case_id, group in trials.items())
    return {case_id: histogram for case_id, histogram in found if histogram is not None}


def _counts(trial: Trial) -> bool:
    is_timing = trial.kind is Pass.TIMING and trial.outcome.status is Status.COMPLETED
    return is_timing and trial.side is Side.BASE and trial.timeline is not None


def _histogram(trials: Sequence[Trial]) -> Histogram | None:
    samples = np.concatenate([_samples(trial) for trial in trials])
    if samples.size < _FEWEST:
        return None
    low, high = (float(end) for end in np.quantile(samples, _CUT))
    if high <= low:
        high = low * 1.01
    counts, _ = np.histogram(np.clip(samples, low, high), bins=BARS, range=(low, high))
    return Histogram(
        low=low,
        step=(high - low) / BARS,
        counts=tuple(counts.tolist()),
        median=float(np.median(samples)),
        largest=float(samples.max()),
        trials=len(trials),
    )


def _samples(trial: Trial) -> Seconds:
    """Return seconds of each iteration, (n,), without warm-up and slices that were hunted for."""
    assert trial.timeline is not None  # noqa: S101 - `_counts` sees to it
    warm_up = 0 if trial.decision is None else trial.decision.warm_up_slices
    return read(trial.timeline, warm_up_slices=warm_up, level_ns=None).samples.values
