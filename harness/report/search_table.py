"""A search's answer as a table, in words, and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from harness.analyse.search import Held, Judged, Question, Spent, best, ranked
from harness.core.quality import MEASURES
from harness.report.format import DASH, count, interval, plain_text, quantity, seconds_as_words
from harness.report.table import Table

_SHOWN: Final = 10
"""Points of a table; the rest are in the run file."""
_MEETS: Final = {True: "yes", False: "NO", None: "not known"}


def search_table(title: str, judged: Sequence[Judged], question: Question) -> Table:
    """Lay out points that have a value, the best first.

    Args:
        title: What they are.
        judged: In any order.
        question: That they answer.
    """
    order = ranked(judged, question)
    without = Counter(one.note for one in judged if one.value is None)
    notes = [f"{len(order) - _SHOWN} more in the run file"] if len(order) > _SHOWN else []
    notes += [f"{number} without a value: {why}" for why, number in without.most_common()]
    notes += [f"not known: {why}" for why in dict.fromkeys(_unknown(order))]
    return Table(
        title=plain_text(title, longest=400),
        headings=(
            *("point", "parameters", question.objective),
            *(one.metric for one in question.limits),
            *(("meets the limits",) if question.limits else ()),
        ),
        rows=tuple(_row(one, question) for one in order[:_SHOWN]),
        flush_right=(
            *(False, True, True),
            *(True for _ in question.limits),
            *((False,) if question.limits else ()),
        ),
        notes=tuple(plain_text(note, longest=400) for note in notes),
    )


def spent_line(spent: Spent) -> str:
    """Say how much of the grid was measured, and what that saved."""
    text = f"measured {spent.measured} of {spent.points} points"
    if spent.fresh:
        now = "" if spent.fresh == spent.measured else f"{spent.fresh} of them now, "
        text += f", {now}in {seconds_as_words(spent.seconds)}"
    if spent.ruled_out:
        text += f" ({spent.ruled_out} more were ruled out by their quality)"
    if spent.skipped:
        text += f" ({spent.skipped} more cannot be measured here)"
    if spent.measured == spent.points:
        return f"{text}: the whole grid"
    rest = spent.saved_seconds
    about = "" if rest is None else f", about {seconds_as_words(rest)}"
    late = "; the time was up" if spent.is_out_of_time else ""
    saved = spent.points - spent.measured
    return f"{text}: {saved} points, {spent.saved:.0%} of the grid, saved{about}{late}"


def answer_line(searched: Sequence[Judged], confirmed: Sequence[Judged], question: Question) -> str:
    """Say which point is the best, or why there is none.

    Args:
        searched: All points that were measured.
        confirmed: Those that were measured afresh.
        question: That they answer.
    """
    direction = "largest" if question.is_maximised else "smallest"
    found = best(confirmed, question)
    if found is not None and found.value is not None:
        value = interval(found.value, MEASURES[question.objective].unit, found.low, found.high)
        limits = " within the limits" if question.limits else ""
        text = f"{direction} {question.objective}{limits}: {found.point.slug}, {value}"
        open_ = sum(one.is_met is None for one in confirmed)
        more = f"; of {open_} more finalists too little was measured to say" if open_ else ""
        return plain_text(f"{text}, measured afresh{more}", longest=400)
    if all(one.value is None for one in searched):
        return f"no point gave a value of {question.objective}"
    if confirmed:
        return "no finalist met every limit when it was measured afresh"
    nearest = ranked(searched, question)[0]
    missed = max(
        (one for one in nearest.held if one.excess is not None),
        key=lambda one: one.excess or 0.0,
    )
    found_value = _held(missed)
    limit = quantity(missed.limit.value, MEASURES[missed.limit.metric].unit)
    return plain_text(
        f"no measured point meets every limit; the nearest is {nearest.point.slug} with "
        f"{missed.limit.metric} of {found_value}, limit {limit}",
        longest=400,
    )


def judged_object(one: Judged) -> dict[str, Any]:
    """Describe a point in plain values, units of SI without a prefix."""
    return {
        "slug": one.point.slug,
        "case_ids": [case.id for case in one.point.cases],
        "parameter_count": one.parameter_count,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "limits": [
            {
                "metric": held.limit.metric,
                "limit": held.limit.value,
                "value": held.value,
                "met": None if held.excess is None else held.excess <= 0,
                "note": held.note,
            }
            for held in one.held
        ],
        "met": one.is_met,
        "note": one.note,
    }


def _row(one: Judged, question: Question) -> tuple[str, ...]:
    value = one.value
    unit = MEASURES[question.objective].unit
    return (
        plain_text(one.point.slug),
        DASH if one.parameter_count is None else count(one.parameter_count),
        DASH if value is None else interval(value, unit, one.low, one.high),
        *(_held(held) for held in one.held),
        *((_MEETS[one.is_met],) if question.limits else ()),
    )


def _held(held: Held) -> str:
    if held.value is not None:
        return quantity(held.value, MEASURES[held.limit.metric].unit)
    return DASH if held.excess is None else f"over {held.limit.text.partition('=')[2]}"


def _unknown(order: Sequence[Judged]) -> list[str]:
    return [
        f"{held.limit.metric}: {held.note}"
        for one in order
        for held in one.held
        if held.excess is None
    ]
