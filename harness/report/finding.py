"""One finding of a gate in words and cells, the same in every place where it is reported."""

from __future__ import annotations

from typing import Final

from harness.analyse.gate import Broken, Ending, Finding, Gate, Standing
from harness.core.comparison import Comparison
from harness.report.format import DASH, change, count, plain_text
from harness.report.table import Table

WORDS: Final = {
    Standing.CONFIRMED: "slower",
    Standing.UNCONFIRMED: "slower, unconfirmed",
    Standing.CLEARED: "cleared",
    Standing.INCONCLUSIVE: "inconclusive",
    Standing.FASTER: "faster",
    Standing.EQUIVALENT: "equivalent",
}

HEADLINES: Final = {
    Ending.FINE: "no regression",
    Ending.REGRESSION: "regression",
    Ending.INCONCLUSIVE: "inconclusive",
    Ending.INVALID: "invalid measurement",
}

HEADINGS: Final = (
    "verdict",
    "case",
    "metric",
    "change",
    "matters from",
    "p, adjusted",
    "would have seen",
    "rounds",
    "rounds needed",
    "note",
)
_TEXTS: Final = frozenset({"verdict", "case", "metric", "note"})
_LONGEST: Final = 400
"""Characters of a sentence."""


def cells(finding: Finding) -> tuple[str, ...]:
    """Fill a row under `HEADINGS`; names are as they are, for whoever lays it out to escape."""
    found = finding.comparison
    word = WORDS[finding.standing]
    return (
        word if finding.is_gated else f"({word})",
        found.case.slug,
        found.metric,
        _change(found),
        change(1 + found.threshold),
        chance(found.p_adjusted),
        DASH if found.smallest_change is None else change(1 + found.smallest_change),
        count(found.rounds),
        DASH if found.rounds_needed is None else count(found.rounds_needed),
        note(finding),
    )


def note(finding: Finding) -> str:
    """Say what stands beside a verdict: what raised the flag, why there is no number."""
    found, first = finding.comparison, finding.first
    flag = f"first {change(first.ratio.value)}" if first is not None and first.ratio else ""
    reason = str(found.reason.code) if found.reason else ""
    return "; ".join(part for part in (flag, reason, found.note) if part)


def sentence(finding: Finding) -> str:
    """Say what was found, in one line for people."""
    found = finding.comparison
    name = plain_text(found.case.slug)
    if found.ratio is None:
        why = str(found.reason) if found.reason else note(finding)
        return f"{found.metric} of {name}: {plain_text(why, longest=_LONGEST)}"
    parts = (
        _change(found),
        f"matters from {change(1 + found.threshold)}",
        f"p {chance(found.p_adjusted)}",
        f"{count(found.rounds)} rounds",
        _CONFIRMED.get(finding.standing, ""),
    )
    return f"{found.metric} of {name}: {', '.join(part for part in parts if part)}"


_CONFIRMED: Final = {
    Standing.CONFIRMED: "confirmed by fresh rounds",
    Standing.UNCONFIRMED: "not confirmed by fresh rounds",
    Standing.CLEARED: "fresh rounds did not confirm what was flagged",
}


def sentence_of_broken(broken: Broken) -> str:
    """Say which case no longer runs, and why."""
    why = plain_text(str(broken.reason), longest=_LONGEST) if broken.reason else "no reason given"
    return f"{plain_text(broken.case.slug)} no longer runs: {why}"


def finding_table(gate: Gate) -> Table:
    """Lay out every finding for a terminal; no line can begin with a name."""
    rows = [tuple(plain_text(cell) for cell in cells(finding)) for finding in gate.telling]
    rows += [
        ("broken", plain_text(one.case.slug), "", *([DASH] * 6), plain_text(str(one.reason)))
        for one in gate.broken
    ]
    return Table(
        title=f"gate: {plain_text(gate.sentence, longest=_LONGEST)}",
        headings=HEADINGS,
        rows=tuple(rows),
        flush_right=tuple(heading not in _TEXTS for heading in HEADINGS),
        notes=tuple(f"{name}: {plain_text(text, longest=_LONGEST)}" for name, text in gate.facts),
    )


def chance(p_value: float | None) -> str:
    """Write a p-value.

    >>> chance(0.0312), chance(1.0)
    ('0.031', '1')
    """
    return DASH if p_value is None else f"{p_value:.2g}"


def _change(found: Comparison) -> str:
    ratio = found.ratio
    return DASH if ratio is None else change(ratio.value, ratio.low, ratio.high)
