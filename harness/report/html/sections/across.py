"""What changed between machines, and which is the better one for which sizes?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.analyse.across import Line, lines
from harness.analyse.compare.compare import compare
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.settings import EVERY_HARD_KEY, Settings
from harness.core.comparison import Comparison
from harness.core.errors import NotComparable
from harness.core.metric import METRICS, Better
from harness.core.record import Record
from harness.core.run import Run
from harness.report.charts.cost import metric_title
from harness.report.charts.ratios import ratio_figure
from harness.report.columns import network
from harness.report.format import DASH, count, estimate, plain_text, scaled_count
from harness.report.machine_runs import Machine
from harness.report.order import in_order
from harness.report.ratio import ratio_text
from harness.report.section import Section
from harness.report.table import Table
from harness.report.targets import target_name

METRICS_COMPARED: Final = ("latency_quiet", "throughput_quiet", "peak_rss")
_LONGEST: Final = 400
_MOST_ROWS: Final = 400


def across(base: Machine, other: Machine, place: int) -> Section:
    """Hold a machine against the first one.

    Args:
        base: The first machine.
        other: The one asked about.
        place: Of the other one among all machines, for names on the page.
    """
    question = f"What changed from {base.name} to {other.name}?"
    settings = Settings(metrics=METRICS_COMPARED, watched=(), across=frozenset({EVERY_HARD_KEY}))
    try:
        compared = compare(_runs(base), _runs(other), {}, settings)
    except NotComparable as error:
        why = plain_text(str(error), longest=_LONGEST)
        return Section(key=f"machines-{place}", question=question, answers=(why,))
    counts = {
        record.case.id: record.parameter_count
        for record in base.records
        if record.parameter_count is not None
    }
    found = lines(compared.comparisons, counts)
    names = (base.name, other.name)
    drawn = (
        ratio_figure([line for line in found if line.metric == name], names, f"{name}-{place}")
        for name in METRICS_COMPARED
    )
    return Section(
        key=f"machines-{place}",
        question=question,
        answers=tuple(_answers(found, names)) or ("No case was measured on both.",),
        details=tuple(_details(compared, names)),
        figures=tuple(figure for figure in drawn if figure),
        tables=tuple(_tables(base, other, compared)),
    )


def _runs(machine: Machine) -> list[Run]:
    return [one.run for one in machine.runs]


def _answers(found: Sequence[Line], names: tuple[str, str]) -> Iterator[str]:
    """Say of each metric how the machines compare over all, then of each line which is better."""
    for metric in METRICS_COMPARED:
        of_metric = [line for line in found if line.metric == metric]
        ratios = [ratio for line in of_metric for ratio in _ratios(line)]
        if ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            yield (
                f"{metric_title(metric)}: {mean:#.3g} times as much on {names[1]} as on {names[0]} "
                f"(geometric mean of {_counted(len(ratios))}, {_span(ratios)})."
            )
    for metric in METRICS_COMPARED:
        for line in (line for line in found if line.metric == metric):
            what = f"{metric_title(metric)}, {_line_name(line)}"
            yield f"{what}: {_span(_ratios(line))} times as much; {_better(line, names)}."


def _ratios(line: Line) -> list[float]:
    return [pair.ratio.value for pair in line.pairs if pair.ratio]


def _counted(cases: int) -> str:
    return "1 case" if cases == 1 else f"{count(cases)} cases"


def _span(ratios: Sequence[float]) -> str:
    """Write the range of some ratios.

    >>> _span([0.5, 1.2345]), _span([0.5])
    ('0.500 to 1.23', '0.500')
    """
    low, high = f"{min(ratios):#.3g}", f"{max(ratios):#.3g}"
    return low if low == high else f"{low} to {high}"


def _line_name(line: Line) -> str:
    batch = f", batch {line.batch_size}" if line.batch_size > 1 else ""
    return f"{plain_text(line.family)} on {target_name(line.target)}{batch}"


def _better(line: Line, names: tuple[str, str]) -> str:
    """Say which machine is better at every size, or where the order changes."""
    if line.turns:
        between = (f"{scaled_count(low)} and {scaled_count(high)}" for low, high in line.turns)
        return f"the order changes between {', and between '.join(between)} parameters"
    sides = {pair.side for pair in line.pairs} - {0}
    if not sides:
        return "which machine is better cannot be told"
    is_second = (sides == {1}) is (METRICS[line.metric].better is Better.HIGHER)
    sure = sum(pair.side != 0 for pair in line.pairs)
    return f"{names[is_second]} is better at {sure} of {len(line.pairs)} sizes, at none worse"


def _details(compared: Compared, names: tuple[str, str]) -> Iterator[str]:
    if compared.differing:
        keys = (f"{key} {one} / {two}" for key, (one, two) in compared.differing.items())
        yield plain_text(f"They differ in {'; '.join(keys)}.", longest=_LONGEST)
    yield plain_text(f"Control: {compared.control.sentence}", longest=_LONGEST)
    for name, cases in zip(names, (compared.only_base, compared.only_candidate), strict=True):
        if cases:
            yield f"{count(len(cases))} cases are in the runs of {name} only."
    yield from (plain_text(note, longest=_LONGEST) for note in compared.notes)


def _tables(base: Machine, other: Machine, compared: Compared) -> Iterator[Table]:
    """Lay out each metric: a row a case, with what is missing said."""
    of = {(one.case.id, one.metric): one for one in compared.comparisons}
    theirs = {record.case.id: record for record in other.records}
    for metric in METRICS_COMPARED:
        rows = [
            _row(record, theirs.get(record.case.id), metric, of)
            for record in in_order(base.records)
            if record.values[metric].value is not None and not record.case.replica
        ]
        if rows:
            yield Table(
                title=f"{metric_title(metric)}, case by case",
                headings=("case", "target", base.name, other.name, "ratio", "verdict"),
                rows=tuple(rows[:_MOST_ROWS]),
                flush_right=(False, False, True, True, True, False),
                notes=(f"{len(rows) - _MOST_ROWS} more rows",) if len(rows) > _MOST_ROWS else (),
            )


def _row(
    record: Record,
    twin: Record | None,
    metric: str,
    of: Mapping[tuple[str, str], Comparison],
) -> tuple[str, ...]:
    found = of.get((record.case.id, metric))
    batch = record.case.batch_size
    target = target_name(record.case.target)
    return (
        network(record),
        f"{target}, batch {batch}" if batch > 1 else target,
        estimate(record.values[metric], with_interval=True),
        "not in its runs" if twin is None else estimate(twin.values[metric], with_interval=True),
        ratio_text(found.ratio) if found else DASH,
        str(found.verdict) if found else DASH,
    )
