"""Verdicts against a baseline, worked out once everything has been measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Final

from harness.analyse.compare.compare import compare_measured
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.decide import Floors
from harness.analyse.compare.measured import Measured, measure
from harness.analyse.compare.rules import RULES
from harness.analyse.compare.settings import Settings
from harness.analyse.confirmation import confirmed
from harness.analyse.gate import flagged
from harness.core.case import Case
from harness.core.comparison import Comparison, Verdict
from harness.core.errors import UsageError
from harness.core.metric import METRICS
from harness.core.names import suggestion
from harness.core.run import QuietLevel, Run
from harness.pytest_plugin.asked import Asked
from harness.pytest_plugin.baselines import Baselines, Chosen, restricted
from harness.pytest_plugin.bench import Bench
from harness.report.format import change
from harness.report.verdicts import word
from harness.store.read import read_run

_AGAIN: Final = "by fresh rounds, for it looked worse at first"
_OWN_FOLDER: Final = (
    "this session's runs lie in the baseline's folder: slower ones are the next session's "
    "baseline; keep them apart by --inference-out"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Every verdict of a session, and what it rests on."""

    base: Chosen
    compared: Compared
    """What was flagged is judged by its fresh rounds."""
    moved: str = ""
    """What is to be said where a control case disagrees with itself: nothing is proven then."""


@dataclass(slots=True, kw_only=True)
class Gate:
    """Baselines, and what is held against them."""

    baselines: Baselines
    bench: Bench
    floors: Floors = field(default_factory=dict)
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
            if self.baselines.holds(self.bench.places.out):
                base = replace(base, warnings=(*base.warnings, _OWN_FOLDER))
            self._judged = self._judge(base)
        return self._judged

    def metrics_of(self, case: Case) -> tuple[str, ...]:
        """Name the gated metrics that the case's scenario measures."""
        gated = self.settings.gated
        return tuple(name for name in gated if case.scenario in METRICS[name].scenarios)

    def verdict(self, case: Case, metric: str) -> Comparison | None:
        """Return what is said of a case and metric; None where there is nothing to compare."""
        return _find(self.judged.compared, case, metric)

    def _judge(self, base: Chosen) -> Judged:
        known = [run.measured for run in base.runs]
        asked = [self._measured(run) for run in self.bench.runs]
        compared = compare_measured((known, asked), self._again, self.floors, self.settings)
        if compared.proven is False:
            return Judged(base=base, compared=compared, moved=compared.control.sentence)
        cases = {one.case.id for one in flagged(compared)}
        found = [one.asked for one in self.bench.found.values() if one.asked.case.id in cases]
        fresh = [self._measured(run) for run in self.bench.confirm(found)] if found else []
        told = [
            confirmed((one, other), again, self._again, compared, self.floors)
            for one, other, again in product(known, asked, fresh)
            if _have_in_common((one, other, again), cases)
        ]
        verdicts = {key: one for answer in told for key, one in answer.fresh.items()}
        return Judged(
            base=base,
            compared=replace(compared, comparisons=_with_fresh(compared.comparisons, verdicts)),
            moved=next((answer.moved for answer in told if answer.moved), ""),
        )

    def _measured(self, run: Run) -> Measured:
        return measure(run, self.settings.compared)

    def _again(self, run: Measured, level: QuietLevel) -> Measured:
        """Hold the slices of a run against another quiet level."""
        found = measure(read_run(Path(run.path)), self.settings.compared, level=level)
        return restricted(found, run.cases)


def _have_in_common(runs: Iterable[Measured], case_ids: set[str]) -> bool:
    return bool(case_ids.intersection(*({case.id for case in run.cases} for run in runs)))


def _with_fresh(
    first: Sequence[Comparison], fresh: Mapping[tuple[str, str], Comparison]
) -> tuple[Comparison, ...]:
    """Put what fresh rounds say in the place of what they were taken for."""
    return tuple(
        replace(again, note="; ".join(filter(None, (again.note, _AGAIN))))
        if (again := fresh.get((one.case.id, one.metric)))
        else one
        for one in first
    )


def settings_of(metrics: str | None, *, experienced: bool) -> Settings:
    """Read which figures are gated.

    Args:
        metrics: Names, comma-separated; the usual ones where there are none.
        experienced: Whether times are taken as experienced.

    Raises:
        UsageError: there is no such metric.
    """
    if metrics is None:
        return Settings(experienced=experienced)
    names = tuple(filter(None, map(str.strip, metrics.split(","))))
    unknown = [name for name in names if name not in RULES]
    if unknown or not names:
        told = suggestion(unknown[0], RULES) if unknown else f"there are {', '.join(RULES)}"
        raise UsageError(f"--inference-metrics: {metrics!r}; {told}")
    return Settings(metrics=names, experienced=experienced)


def _find(compared: Compared, case: Case, metric: str) -> Comparison | None:
    found = (one for one in compared.gated if one.metric == metric)
    return next((one for one in found if one.case.id == case.id), None)


def said(one: Comparison) -> str:
    """Say a verdict in one sentence."""
    if one.ratio is None:
        return f"{one.verdict}: {one.reason}"
    return "; ".join(_parts(one))


def _parts(one: Comparison) -> Iterator[str]:
    if one.ratio is not None:
        yield f"{word(one)}: {change(one.ratio.value, one.ratio.low, one.ratio.high)}"
    yield f"{change(1 + one.threshold)} would matter"
    if one.p_adjusted is not None and one.verdict in {Verdict.SLOWER, Verdict.FASTER}:
        yield f"adjusted p {one.p_adjusted:.2g}"
    if one.smallest_change is not None:
        yield f"{one.rounds} rounds would have seen {change(1 + one.smallest_change)}"
    if one.rounds_needed is not None:
        yield f"{one.rounds_needed} rounds would decide"
    if one.note:
        yield one.note
