"""Which size is enough?"""

from __future__ import annotations

from collections.abc import Iterator

from harness.analyse.quality_cost import best, cost_fronts, enough, joined
from harness.core.quality import Quality, Study
from harness.core.record import Record
from harness.report.charts.figure import Figure
from harness.report.charts.quality import curves_figure, size_figure
from harness.report.charts.quality_cost import cost_quality_figure
from harness.report.format import count, plain_text
from harness.report.html.asked import Asked
from harness.report.order import family_place
from harness.report.quality_table import joined_table, network_name, quality_table, shown_value
from harness.report.section import Section
from harness.report.targets import target_name


def quality(asked: Asked) -> Section | None:
    """Answer for each family of the study; what was measured of the same specs stands beside."""
    study = asked.wishes.study
    if study is None:
        return None
    records = joined(asked.machine.records, study.found)
    tables = [quality_table(study.header, study.found)]
    return Section(
        key="quality",
        question=f"Which size is enough for {plain_text(study.header.data)}?",
        answers=tuple(_answers(study)),
        details=(
            "Enough: the smallest network whose 95 % interval reaches the family's best score.",
            f"{len(records)} records are of a network that was trained.",
        ),
        figures=tuple(_figures(study, records)),
        tables=(*tables, joined_table(records)) if records else tuple(tables),
    )


def _answers(study: Study) -> Iterator[str]:
    answer = enough(study.found)
    for family in sorted(answer, key=family_place):
        top = best([one for one in study.found if _is_plain(one, family)])
        least = answer[family]
        if top is None or least is top:
            yield f"{plain_text(family)}: {_said(least)}, the best one, and no smaller one."
        else:
            yield f"{plain_text(family)}: {_said(least)}; the best one is {_said(top)}."


def _is_plain(one: Quality, family: str) -> bool:
    return one.network.spec.family == family and not one.network.spec.variant


def _said(one: Quality) -> str:
    size = count(one.network.parameter_count)
    return f"{network_name(one)} with {size} parameters, {shown_value(one.values['accuracy'])}"


def _figures(study: Study, records: tuple[Record, ...]) -> Iterator[Figure]:
    of_costs = (
        cost_quality_figure([(target_name(target), front) for target, front in fronts])
        for fronts in cost_fronts(records)
    )
    for figure in (size_figure(study.found), curves_figure(study.found), *of_costs):
        if figure is not None:
            yield figure
