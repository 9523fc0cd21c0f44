"""Where two targets cost the same, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.case import Target
from harness.core.choice import Axis, BreakEven, PayBack
from harness.core.scaling import Estimate
from harness.report.format import DASH, plain_text, scaled_count
from harness.report.laws import interval_of_size, subject_name
from harness.report.table import Table


def break_even_table(found: Sequence[BreakEven]) -> Table:
    """Lay out one line a pair of targets and crossing."""
    return Table(
        title="break-even: where two targets cost the same",
        headings=("metric", "law", "against", "along", "at", "below", "above", "note"),
        rows=tuple(_row(one) for one in found),
        flush_right=(False, False, False, False, True, False, False, False),
        notes=(
            "below and above: the cheaper one; within the interval the two cannot be told apart",
        ),
    )


def pay_back_table(found: Sequence[PayBack]) -> Table:
    """Lay out how many inferences repay the longer preparation of the faster target."""
    return Table(
        title="pay-back: inferences after which a longer preparation is repaid",
        headings=("ready sooner", "faster", "inferences", "note"),
        rows=tuple(
            (
                plain_text(one.quick.slug),
                plain_text(_target(one.fast.target)),
                DASH if one.inferences is None else interval_of_size(one.inferences),
                one.note,
            )
            for one in found
        ),
        flush_right=(False, False, True, False),
        notes=("prepare time against quiet latency; pairs without a trade-off are left out",),
    )


def _row(one: BreakEven) -> tuple[str, ...]:
    along = "parameters" if one.axis is Axis.PARAMETER_COUNT else "batch size"
    size = "" if one.size is None else f", {scaled_count(one.size)} parameters"
    note = "; ".join(
        part for part in ("extrapolated" if one.is_extrapolated else "", one.note) if part
    )
    return (
        plain_text(f"{one.first.metric}, {one.first.scenario}"),
        f"{subject_name(one.first)}{size}",
        plain_text(_target(one.second.target)),
        along,
        DASH if one.at is None else _at(one.at, one.axis),
        _target(one.cheaper_below),
        _target(one.cheaper_above),
        note,
    )


def _at(at: Estimate, axis: Axis) -> str:
    if axis is Axis.PARAMETER_COUNT:
        return interval_of_size(at)
    ends = [DASH if end is None else f"{end:.1f}" for end in (at.low, at.high)]
    return f"{at.value:.1f} [{ends[0]}, {ends[1]}]"


def _target(target: Target | None) -> str:
    if target is None:
        return DASH
    options = "".join(f" {name}={value}" for name, value in target.options)
    return plain_text(f"{target.backend}{options}")
