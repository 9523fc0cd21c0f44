"""From which size on is which runtime the better one, and when is a longer preparation repaid?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analyse.break_even import batch_break_evens, break_evens
from harness.analyse.pay_back import pay_backs
from harness.core.case import Target
from harness.core.choice import Axis, BreakEven, PayBack
from harness.report.break_even_table import break_even_table, pay_back_table
from harness.report.format import count, plain_text, scaled_count
from harness.report.html.asked import METRICS, Asked
from harness.report.laws import interval_of_size
from harness.report.section import Section
from harness.report.targets import target_name


def break_even(asked: Asked) -> Section | None:
    """Answer with each size at which two targets cost the same; None where one was measured."""
    records = asked.machine.records
    along_size = break_evens(asked.laws_of(METRICS))
    along_batch = batch_break_evens(records)
    repaid = pay_backs(records)
    found = (*along_size, *along_batch)
    if not found and not repaid:
        return None
    tables = (break_even_table(found), pay_back_table(repaid))
    return Section(
        key="break-even",
        question="From which size on is which runtime the better one?",
        answers=(*_answers(found), *_repaid(repaid)) or ("That cannot be told.",),
        tables=tuple(table for table in tables if table.rows),
    )


def _answers(found: Sequence[BreakEven]) -> Iterator[str]:
    """Say each crossing, then of the other pairs which one is cheaper for which families."""
    yield from (_crossing(one) for one in found if one.at is not None)
    alike: dict[str, dict[str, None]] = {}
    for one in found:
        if one.at is None:
            alike.setdefault(_relation(one), {}).setdefault(plain_text(one.first.family))
    for relation, families in alike.items():
        yield f"{relation}: {', '.join(families)}."


def _crossing(one: BreakEven) -> str:
    beyond = ", extrapolated" if one.is_extrapolated else ""
    note = f" ({plain_text(one.note)})" if one.note else ""
    return (
        f"{plain_text(one.first.family)}, {plain_text(one.first.metric)}: "
        f"{target_name(one.first.target)} and {target_name(one.second.target)} cost the same at "
        f"{_place(one)}{beyond}; {_named(one.cheaper_below)} is cheaper below, "
        f"{_named(one.cheaper_above)} above{note}."
    )


def _place(one: BreakEven) -> str:
    assert one.at is not None  # noqa: S101 - `_answers` asks for crossings only
    if one.axis is Axis.PARAMETER_COUNT:
        return f"{interval_of_size(one.at)} parameters"
    return f"{interval_of_size(one.at)} items in a batch of {count(one.size or 0)} parameters"


def _relation(one: BreakEven) -> str:
    """Say how two targets stand to each other where they never cost the same."""
    pair = (one.first.target, one.second.target)
    metric = plain_text(one.first.metric)
    cheaper = one.cheaper_below or one.cheaper_above
    if cheaper is None:
        return f"{metric}, {target_name(pair[0])} and {target_name(pair[1])} cannot be told apart"
    other = pair[0] if cheaper == pair[1] else pair[1]
    return f"{metric}, {target_name(cheaper)} is cheaper than {target_name(other)} throughout"


def _named(target: Target | None) -> str:
    return "neither surely" if target is None else target_name(target)


def _repaid(found: Sequence[PayBack]) -> Iterator[str]:
    """Say of each pair of targets within which numbers of inferences preparation is repaid."""
    pairs: dict[tuple[str, str], list[float]] = {}
    for one in found:
        if one.inferences is not None:
            key = (target_name(one.fast.target), target_name(one.quick.target))
            pairs.setdefault(key, []).append(one.inferences.value)
    for (fast, quick), values in pairs.items():
        low, high = scaled_count(min(values)), scaled_count(max(values))
        span = low if low == high else f"{low} to {high}"
        cases = "1 case" if len(values) == 1 else f"{len(values)} cases"
        yield (
            f"{fast} takes longer to prepare than {quick}, and has repaid it after {span} "
            f"inferences ({cases}; the table has each with its interval)."
        )
