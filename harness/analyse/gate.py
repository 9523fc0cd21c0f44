"""From verdicts to one answer: may this change go in?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from harness.analyse.compare.compared import Compared
from harness.analyse.compare.rules import cost_sign
from harness.core.case import Case
from harness.core.comparison import Comparison, Verdict
from harness.core.reason import Reason

Key = tuple[str, str]
"""Case id and metric."""


class Ending(IntEnum):
    """How a gate ends; the exit code of the command. 2 is wrong usage, 5 that nothing compares."""

    FINE = 0
    REGRESSION = 1
    INCONCLUSIVE = 3
    INVALID = 4


class Standing(IntEnum):
    """What a gate makes of one verdict, the worst first."""

    CONFIRMED = 0
    """Slower, and slower again in fresh rounds."""
    UNCONFIRMED = 1
    """Slower, and nothing could be measured again."""
    CLEARED = 2
    """Slower at first, and not in fresh rounds."""
    INCONCLUSIVE = 3
    FASTER = 4
    EQUIVALENT = 5


ALARMS: Final = frozenset({Standing.CONFIRMED, Standing.UNCONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One case and metric."""

    comparison: Comparison
    """What counts: of the fresh rounds where there were some."""
    standing: Standing
    first: Comparison | None = None
    """What raised the flag, where it was measured again."""
    is_gated: bool = True
    """False for metrics that are shown and never fail a gate."""

    @property
    def is_regression(self) -> bool:
        """Whether it fails the gate."""
        return self.is_gated and self.standing in ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A case that the baseline could measure and the candidate cannot."""

    case: Case
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What fresh rounds of the flagged cases said."""

    fresh: Mapping[Key, Comparison] = field(default_factory=dict)
    """By case and metric; what could not be measured again is missing."""
    moved: str = ""
    """What is to be said where their control case disagrees with itself; empty where it agrees."""
    obstacle: str = ""
    """Why nothing was measured again; empty where something was."""
    path: str = ""
    """Run file of the fresh rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The answer, and all that it rests on."""

    ending: Ending
    sentence: str
    findings: tuple[Finding, ...]
    """The worst first."""
    broken: tuple[Broken, ...] = ()
    missing: tuple[Case, ...] = ()
    """Cases of the baseline that the candidate was not asked for, or could not try."""
    warnings: tuple[str, ...] = ()
    """To be said loudly, whatever the answer."""
    facts: tuple[tuple[str, str], ...] = ()
    """What was held against what: names and texts."""
    strict: bool = False

    @property
    def regressions(self) -> tuple[Finding, ...]:
        """Return what fails the gate, the worst first."""
        return tuple(one for one in self.findings if one.is_regression)

    @property
    def telling(self) -> tuple[Finding, ...]:
        """Return what a person reads: what is gated, and what else has changed."""
        changed = {*ALARMS, Standing.CLEARED, Standing.FASTER}
        return tuple(one for one in self.findings if one.is_gated or one.standing in changed)

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """Return the gated findings that decide nothing."""
        return tuple(
            one
            for one in self.findings
            if one.is_gated and one.comparison.verdict is Verdict.INCONCLUSIVE
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is known beside the verdicts."""

    broken: tuple[Broken, ...] = ()
    missing: tuple[Case, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    strict: bool = False


def flagged(compared: Compared) -> tuple[Comparison, ...]:
    """Return the gated comparisons that are slower, and so are to be measured again."""
    return tuple(one for one in compared.gated if one.verdict is Verdict.SLOWER)


def judge(compared: Compared, confirmation: Confirmation, question: Question) -> Gate:
    """Answer.

    An invalid measurement outweighs everything: where equal things differ, no verdict is worth
    anything. A regression outweighs what is inconclusive.
    """
    gated = {(one.case.id, one.metric) for one in compared.gated}
    findings = sorted(
        (
            _finding(one, (one.case.id, one.metric) in gated, confirmation)
            for one in compared.comparisons
        ),
        key=lambda one: (not one.is_gated, one.standing, -cost_change(one.comparison)),
    )
    ending, sentence = _ending(compared, findings, confirmation, question)
    return Gate(
        ending=ending,
        sentence=sentence,
        findings=tuple(findings),
        broken=question.broken,
        missing=question.missing,
        warnings=(*question.warnings, *_unproven(compared), *_unconfirmed(findings, confirmation)),
        facts=question.facts,
        strict=question.strict,
    )


def cost_change(comparison: Comparison) -> float:
    """Return the logarithm of the change in cost: above zero where it costs more; 0 if unknown."""
    ratio = comparison.ratio
    if ratio is None or not 0 < ratio.value < math.inf:
        return 0.0
    return cost_sign(comparison.metric) * math.log(ratio.value)


def _finding(first: Comparison, is_gated: bool, confirmation: Confirmation) -> Finding:  # noqa: FBT001 - private
    if first.verdict is not Verdict.SLOWER:
        return Finding(comparison=first, standing=_STANDINGS[first.verdict], is_gated=is_gated)
    fresh = confirmation.fresh.get((first.case.id, first.metric))
    if fresh is None:
        return Finding(comparison=first, standing=Standing.UNCONFIRMED, is_gated=is_gated)
    is_slower = fresh.verdict is Verdict.SLOWER
    standing = Standing.CONFIRMED if is_slower else Standing.CLEARED
    return Finding(comparison=fresh, standing=standing, first=first, is_gated=is_gated)


_STANDINGS: Final = {
    Verdict.INCONCLUSIVE: Standing.INCONCLUSIVE,
    Verdict.FASTER: Standing.FASTER,
    Verdict.EQUIVALENT: Standing.EQUIVALENT,
}


def _ending(
    compared: Compared,
    findings: Sequence[Finding],
    confirmation: Confirmation,
    question: Question,
) -> tuple[Ending, str]:
    invalid = _invalid(compared, findings, confirmation)
    if invalid:
        return Ending.INVALID, f"invalid measurement: {invalid}"
    alarms = [one for one in findings if one.is_regression]
    if alarms or question.broken:
        return Ending.REGRESSION, _alarm(alarms, question.broken)
    open_points = _open_points(compared, findings, question)
    if question.strict and open_points:
        return Ending.INCONCLUSIVE, f"inconclusive: {open_points}"
    tail = f" ({open_points})" if open_points else ""
    count = sum(one.is_gated for one in findings)
    return Ending.FINE, f"no regression in {count} comparisons{tail}"


def _invalid(compared: Compared, findings: Sequence[Finding], confirmation: Confirmation) -> str:
    if compared.proven is False:
        return compared.control.sentence
    if confirmation.moved:
        return f"in the fresh rounds, {confirmation.moved}"
    gated = [one.comparison for one in findings if one.is_gated]
    if any(one.ratio is not None for one in gated):
        return ""
    return f"not one gated case and metric could be compared{_reasons(gated)}"


def _reasons(gated: Sequence[Comparison]) -> str:
    """Say why, the commonest reason first."""
    if not gated:
        return ": neither side measured one; --metrics or --experienced asks for others"
    found = Counter(str(one.reason.code) for one in gated if one.reason)
    told = ", ".join(f"{count} {code}" for code, count in found.most_common())
    return f" ({told})" if told else ""


def _alarm(alarms: Sequence[Finding], broken: Sequence[Broken]) -> str:
    confirmed = sum(one.standing is Standing.CONFIRMED for one in alarms)
    parts = (
        _counted(confirmed, "confirmed regression"),
        _counted(len(alarms) - confirmed, "unconfirmed regression"),
        _counted(len(broken), "case") + " that no longer runs" if broken else "",
    )
    return ", ".join(part for part in parts if part)


def _open_points(compared: Compared, findings: Iterable[Finding], question: Question) -> str:
    undecided = sum(
        one.is_gated and one.comparison.verdict is Verdict.INCONCLUSIVE for one in findings
    )
    parts = (
        f"{undecided} undecided" if undecided else "",
        f"{len(question.missing)} not measured" if question.missing else "",
        "no control case proves the run" if compared.proven is None else "",
    )
    return ", ".join(part for part in parts if part)


def _unproven(compared: Compared) -> tuple[str, ...]:
    return (f"not proven: {compared.control.sentence}",) if compared.proven is None else ()


def _unconfirmed(findings: Iterable[Finding], confirmation: Confirmation) -> tuple[str, ...]:
    count = sum(one.is_gated and one.standing is Standing.UNCONFIRMED for one in findings)
    if not count:
        return ()
    why = confirmation.obstacle or "their fresh rounds gave no value"
    return (f"{_counted(count, 'regression')} not confirmed by fresh rounds: {why}",)


def _counted(count: int, what: str) -> str:
    """Count things.

    >>> _counted(0, "case"), _counted(1, "case"), _counted(2, "case")
    ('', '1 case', '2 cases')
    """
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""
