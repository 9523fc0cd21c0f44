"""Laws as tables, and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from harness.core.scaling import Bound, Coefficient, Estimate, Form, Law, Subject
from harness.report.few_sizes import has_enough, sizes_of
from harness.report.format import DASH, change, count, interval, plain_text, quantity, scaled_count
from harness.report.order import family_place
from harness.report.table import Table

_FORMS: Final = {
    Form.CONSTANT: "constant",
    Form.POWER: "power law",
    Form.OVERHEAD_POWER: "overhead + power law",
    Form.TWO_REGIONS: "two regions",
}
_LONGEST: Final = 400
_LEAST_P: Final = 1e-4

_HEADINGS: Final = (
    "law",
    "sizes",
    "overhead",
    "growing part",
    "exponent",
    "change point",
    "form",
    "residuals",
    "held out",
    "holds",
)


def law_tables(laws: Sequence[Law]) -> tuple[Table, ...]:
    """Lay out one table a metric and scenario: laws with their intervals, and whether they hold.

    Those of too few sizes have no row; see `harness.report.few_sizes`.
    """
    ordered = sorted(filter(has_enough, laws), key=_key)
    return tuple(_table(tuple(group)) for _, group in groupby(ordered, key=_title))


def regression_table(laws: Sequence[Law]) -> Table:
    """Lay out the regressions and correlations of logarithms, a line a coefficient."""
    rows = []
    for law in sorted(laws, key=_key):
        found = law.regression
        if found is None:
            continue
        head = (_title(law), law_name(law), count(found.n))
        squared = DASH if found.r_squared is None else f"{found.r_squared:.4f}"
        rows += [
            (*head, *_coefficient(row), squared if row in found.rows else "")
            for row in (*found.rows, found.pearson, found.spearman)
        ]
    return Table(
        title="straight line through the logarithms of size and cost, and correlations",
        headings=("metric", "law", "n", "number", "estimate", "std. error", "t", "p", "R²"),
        rows=tuple(rows),
        flush_right=(False, False, True, False, True, True, True, True, True),
        notes=("ordinary least squares, unweighted, of all points; p is two-sided",),
    )


def candidate_table(laws: Sequence[Law]) -> Table:
    """Lay out the alternatives of each law with their evidence."""
    rows = [
        (
            _title(law),
            law_name(law),
            _FORMS[one.form],
            count(one.numbers),
            DASH if one.aicc is None else f"{one.aicc:.1f}",
            f"{one.weight:.2f}",
            DASH if one.residual_spread is None else quantity(one.residual_spread, "1"),
        )
        for law in sorted(laws, key=_key)
        for one in law.candidates
    ]
    return Table(
        title="alternatives by Akaike's criterion, corrected for few sizes (smaller is better)",
        headings=("metric", "law", "form", "numbers", "AICc", "weight", "residuals"),
        rows=tuple(rows),
        flush_right=(False, False, False, True, True, True, True),
        notes=(f"{DASH}: too few sizes for the form, or no such curve fits",),
    )


def law_name(law: Law) -> str:
    """Name a law by what differs within a table, for example `mlp, onnxruntime`."""
    return subject_name(law.subject) if law.subject else "the table"


def subject_name(subject: Subject) -> str:
    """Name family and target; what is usual is left out."""
    target = subject.target
    parts = [plain_text(subject.family), plain_text(target.backend)]
    parts += [plain_text(subject.variant)] if subject.variant else []
    parts += [plain_text(target.device)] if target.device != "cpu" else []
    parts += [str(target.precision)] if target.precision != "fp32" else []
    parts += [f"threads {target.threads}"] if target.threads > 1 else []
    parts += [f"batch {subject.batch_size}"] if subject.batch_size > 1 else []
    parts += [plain_text(f"{name}={value}") for name, value in target.options]
    return ", ".join(parts)


def law_sentence(law: Law) -> str:
    """Say a law in one sentence, with its doubts."""
    what = f"{_title(law)}, {law_name(law)}"
    if law.exponent is None or law.at_reference is None or law.overhead is None:
        return f"{what}: no law ({'; '.join(law.reasons)})."
    unit = law.subject.unit if law.subject else None
    text = (
        f"{what}: {_cost(law.overhead, unit)} plus {_cost(law.at_reference, unit)} at "
        f"{scaled_count(law.reference)} parameters, growing with exponent {_plain(law.exponent)}"
    )
    return f"{text}; {_verdict(law)}."


def _verdict(law: Law) -> str:
    if not law.holds:
        return f"does NOT hold: {'; '.join(law.reasons)}"
    miss = change(1 + law.held_out.miss) if law.held_out else DASH
    return f"holds: the largest size, held out, was predicted within {miss}"


def _key(law: Law) -> tuple[object, ...]:
    subject = law.subject
    if subject is None:
        return ("", "", (0, ""), 0, "")
    return (
        subject.metric,
        subject.scenario != "single_stream",
        family_place(subject.family),
        subject.batch_size,
        subject_name(subject),
    )


def _title(law: Law) -> str:
    if law.subject is None:
        return "cost"
    metric = law.subject.metric
    shown = f"time per item (1 / {metric})" if metric.startswith("throughput") else metric
    return f"{shown}, {law.subject.scenario}"


def _table(laws: tuple[Law, ...]) -> Table:
    held = sum(law.holds for law in laws)
    notes = [f"{held} of {len(laws)} laws hold"]
    notes += [
        plain_text(f"{law_name(law)}: {reason}", longest=_LONGEST)
        for law in laws
        for reason in law.reasons
    ]
    notes += [
        f"{law_name(law)}: fitted without {scaled_count(point.size)} parameters, far off the curve"
        for law in laws
        for point in law.outliers
    ]
    notes.append(
        "cost = overhead + growing part x (N / reference)^exponent, with 95 % intervals; reference "
        f"{scaled_count(laws[0].reference)}"
    )
    return Table(
        title=f"{_title(laws[0])}: cost = overhead + coefficient x N^exponent",
        headings=_HEADINGS,
        rows=tuple(_row(law) for law in laws),
        flush_right=(False, *(True,) * 5, False, True, True, False),
        notes=tuple(notes),
    )


def _row(law: Law) -> tuple[str, ...]:
    unit = law.subject.unit if law.subject else None
    goodness, held_out = law.goodness, law.held_out
    return (
        law_name(law),
        count(sizes_of(law)),
        DASH if law.overhead is None else _cost(law.overhead, unit),
        DASH if law.at_reference is None else _cost(law.at_reference, unit),
        DASH if law.exponent is None else _plain(law.exponent),
        _change(law),
        DASH if law.form is None else _FORMS[law.form],
        DASH if goodness is None else quantity(goodness.residual_spread, "1"),
        DASH if held_out is None else change(1 + held_out.miss),
        "yes" if law.holds else "NO",
    )


def _change(law: Law) -> str:
    if law.change_point is None:
        return DASH
    name = "" if law.regions[0].bound is Bound.LAUNCH else " (both throughput-bound)"
    return f"{interval_of_size(law.change_point)}{name}"


def interval_of_size(size: Estimate) -> str:
    """Format a parameter count with its interval.

    >>> interval_of_size(Estimate(value=1.23e6, low=1e6, high=1.5e6))
    '1.23 M [1.00 M, 1.50 M]'
    """
    low, high = (DASH if end is None else scaled_count(end) for end in (size.low, size.high))
    return f"{scaled_count(size.value)} [{low}, {high}]"


def _cost(cost: Estimate, unit: str | None) -> str:
    if unit is None:
        return _plain(cost)
    return interval(cost.value, unit, cost.low, cost.high)


def _plain(number: Estimate) -> str:
    """Format a number without a unit.

    >>> _plain(Estimate(value=0.987, low=0.95, high=1.025))
    '0.987 [0.950, 1.02]'
    """
    ends = [DASH if end is None else f"{end:#.3g}" for end in (number.low, number.high)]
    return f"{number.value:#.3g} [{ends[0]}, {ends[1]}]"


def _coefficient(row: Coefficient) -> tuple[str, ...]:
    error, t = (DASH if n is None else f"{n:.4g}" for n in (row.standard_error, row.t))
    p = DASH if row.p is None else ("< 0.0001" if row.p < _LEAST_P else f"{row.p:.4f}")
    return row.name, f"{row.estimate:.4g}", error, t, p
