"""Verdicts against a baseline, worked out once everything has been measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.analyse.compare.compare import compare
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Comparison, Verdict
from harness.core.metric import METRICS
from harness.core.reason import ReasonCode
from harness.pytest_plugin.asked import Asked
from harness.pytest_plugin.baselines import Baselines, Chosen
from harness.pytest_plugin.bench import Bench
from harness.report.format import quantity

UNDECIDED: Final = frozenset(
    {ReasonCode.TOO_FEW_SAMPLES, ReasonCode.MACHINE_UNQUIET, ReasonCode.METER_READS_TOO_LOW}
)
"""Reasons of a missing figure that more time might mend; with any other there is no meter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Every verdict of a session, and what it rests on."""

    base: Chosen
    compared: Compared


@dataclass(slots=True, kw_only=True)
class Gate:
    """Baselines, and what is held against them."""

    baselines: Baselines
    bench: Bench
    settings: Settings = field(default_factory=Settings)
    is_strict: bool = False
    foreseen: list[Asked] = field(default_factory=list)
    """What tests ask for in their marks."""
    _judged: Judged | None = None

    def foresee(self, asked: Sequence[Asked]) -> None:
        """Learn what will be measured.

        Raises:
            NotComparable: there is no baseline for any of it.
        """
        self.foreseen = list(asked)
        if asked:
            self.baselines.choose(one.case for one in asked)

    @property
    def has_judged(self) -> bool:
        """Say whether any verdict was asked for."""
        return self._judged is not None

    @property
    def judged(self) -> Judged:
        """Every verdict; what looks worse is measured once more before it is believed."""
        if self._judged is None:
            self.bench.measure(self.foreseen)
            cases = [one.asked.case for one in self.bench.found.values()]
            base = self.baselines.choose(cases)
            compared = self._confirmed(base, self._compare(base))
            self._judged = Judged(base=base, compared=compared)
        return self._judged

    def metrics_of(self, case: Case) -> tuple[str, ...]:
        """Name the gated metrics that the case's scenario measures."""
        gated = self.settings.gated
        return tuple(name for name in gated if case.scenario in METRICS[name].scenarios)

    def verdict(self, case: Case, metric: str) -> Comparison | None:
        """Return what is said of a case and metric; None where there is no baseline of the case."""
        found = (one for one in self.judged.compared.gated if one.metric == metric)
        return next((one for one in found if one.case.id == case.id), None)

    def _compare(self, base: Chosen) -> Compared:
        return compare(base.runs, self.bench.runs, {}, self.settings)

    def _confirmed(self, base: Chosen, first: Compared) -> Compared:
        flagged = {one.case.id for one in first.gated if one.verdict is Verdict.SLOWER}
        asked = [one.asked for one in self.bench.found.values() if one.asked.case.id in flagged]
        if not asked:
            return first
        self.bench.confirm(asked)
        return self._compare(base)


def said(one: Comparison) -> str:
    """Say a verdict in one sentence."""
    if one.ratio is None:
        return f"{one.verdict}: {one.reason}"
    return "; ".join(_parts(one))


def _parts(one: Comparison) -> Iterator[str]:
    yield f"{one.verdict}: {_ratio(one)} of the baseline, {quantity(one.threshold, '1')} matter"
    if one.p_adjusted is not None and one.verdict in {Verdict.SLOWER, Verdict.FASTER}:
        yield f"adjusted p {one.p_adjusted:.2g}"
    if one.smallest_change is not None:
        yield f"{one.rounds} rounds would have seen {quantity(one.smallest_change, '1')}"
    if one.rounds_needed is not None:
        yield f"{one.rounds_needed} rounds would decide"
    if one.note:
        yield one.note


def _ratio(one: Comparison) -> str:
    if one.ratio is None:
        return ""
    low, high = one.ratio.low, one.ratio.high
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{one.ratio.value:.3f}{interval}"
