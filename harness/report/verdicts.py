"""Comparisons as rows of text, for a terminal and for a pull request alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from harness.analyse.compare.compared import Compared
from harness.core.comparison import Comparison, Verdict
from harness.core.metric import METRICS
from harness.report.footnotes import explain
from harness.report.format import DASH, change, count, missing, plain_text
from harness.report.table import Table

HEADINGS: Final = (
    "case",
    "metric",
    "verdict",
    "change",
    "matters from",
    "p, adjusted",
    "would have seen",
    "rounds",
    "rounds needed",
)
"""Of `rows`."""

_NUMBERS: Final = (False, False, False, True, True, True, True, True, True)
_ORDER: Final = tuple(Verdict)
"""The worst first; what is unknown last."""
_WORDS: Final = {
    "B": {Verdict.SLOWER: "larger", Verdict.FASTER: "smaller"},
    "J": {Verdict.SLOWER: "more", Verdict.FASTER: "less"},
}
"""By unit, what people would say instead."""
_LONGEST: Final = 2000
"""Characters of a remark: a sentence a metric."""


def verdict_tables(compared: Compared) -> tuple[Table, ...]:
    """Lay out the gated comparisons, and below them those of watched metrics that changed."""
    watched = [one for one in compared.comparisons if one.metric not in compared.settings.gated]
    changed = [one for one in watched if one.verdict in {Verdict.SLOWER, Verdict.FASTER}]
    tables = [_table("gated", compared.gated)]
    if changed:
        tables.append(_table("watched, changed", changed))
    return tuple(tables)


def rows(comparisons: Iterable[Comparison]) -> tuple[tuple[str, ...], ...]:
    """Return one row a comparison, the worst first; those without a value for one reason share one.

    Returns:
        Cells under `HEADINGS`.
    """
    found = sorted(comparisons, key=_badness)
    alike: dict[tuple[object, ...], list[Comparison]] = {}
    for one in found:
        key = (one.metric, one.reason.code) if one.reason else (one.metric, one.case.id)
        alike.setdefault(key, []).append(one)
    return tuple(_row(group) for group in alike.values())


def word(one: Comparison) -> str:
    """Say the verdict, and beside it what people say of such a quantity.

    >>> from harness.store.fake import fake_case
    >>> known = dict(case=fake_case(), ratio=None, threshold=0.02, verdict=Verdict.SLOWER)
    >>> [word(Comparison(metric=name, **known)) for name in ("peak_rss", "latency_p50")]
    ['slower (larger)', 'slower']
    """
    other = _WORDS.get(METRICS[one.metric].unit, {}).get(one.verdict)
    return f"{one.verdict} ({other})" if other else str(one.verdict)


def tally(comparisons: Iterable[Comparison]) -> str:
    """Count the verdicts, for example `2 slower, 30 equivalent, 4 inconclusive`."""
    found = Counter(one.verdict for one in comparisons)
    return ", ".join(f"{count(found[one])} {one}" for one in _ORDER if found[one]) or "nothing"


def remarks(compared: Compared) -> tuple[str, ...]:
    """Return the sentences under the tables: control, spread, watched metrics, what is missing."""
    lines = [f"control: {compared.control.sentence}"]
    if compared.prior:
        lines.append(f"spread: {compared.prior}")
    lines += [f"watched: {line}" for line in _watched(compared)]
    lines += [
        f"across {key}: {ours} | {theirs}" for key, (ours, theirs) in compared.differing.items()
    ]
    for side, cases in (("baseline", compared.only_base), ("candidate", compared.only_candidate)):
        if cases:
            number = "1 case is" if len(cases) == 1 else f"{count(len(cases))} cases are"
            lines.append(f"{number} only in the {side}.")
    return tuple(plain_text(line, longest=_LONGEST) for line in (*lines, *compared.notes))


def _table(title: str, comparisons: Sequence[Comparison]) -> Table:
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for one in comparisons:
        if one.reason:
            key = (str(one.reason.code), one.reason.hint)
            reasons.setdefault(key, {}).setdefault(one.reason.detail)
    notes = [explain(code, hint, list(details)) for (code, hint), details in reasons.items()]
    remarked = Counter(one.note for one in comparisons if one.note)
    notes += [f"{count(number)} of them: {plain_text(note)}" for note, number in remarked.items()]
    return Table(
        title=f"{title}: {tally(comparisons)}",
        headings=HEADINGS,
        rows=rows(comparisons),
        flush_right=_NUMBERS,
        notes=tuple(notes),
    )


def _row(group: Sequence[Comparison]) -> tuple[str, ...]:
    one = group[0]
    name = plain_text(one.case.slug) if len(group) == 1 else f"{count(len(group))} cases"
    ratio, seen = one.ratio, one.smallest_change
    return (
        name,
        one.metric,
        word(one),
        missing(one.reason) if ratio is None else change(ratio.value, ratio.low, ratio.high),
        change(1 + one.threshold),
        DASH if one.p_adjusted is None else f"{one.p_adjusted:.2g}",
        DASH if seen is None else change(1 + seen),
        count(one.rounds),
        DASH if one.rounds_needed is None else count(one.rounds_needed),
    )


def _badness(one: Comparison) -> tuple[object, ...]:
    """Order by verdict, then by how much."""
    size = 0.0 if one.ratio is None else abs(one.ratio.value - 1)
    return _ORDER.index(one.verdict), one.reason is not None, one.metric, -size, one.case.slug


def _watched(compared: Compared) -> list[str]:
    by_metric: dict[str, list[Comparison]] = {}
    for one in compared.comparisons:
        if one.metric not in compared.settings.gated:
            by_metric.setdefault(one.metric, []).append(one)
    return [f"{metric}: {tally(found)}" for metric, found in by_metric.items()]
