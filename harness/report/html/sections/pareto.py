"""Which cases does no other beat in everything?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.analyse.pareto import front
from harness.core.choice import Front
from harness.core.metric import METRICS
from harness.core.record import Record
from harness.report.charts.cost import metric_title
from harness.report.charts.front import front_figure
from harness.report.format import count, plain_text, quantity
from harness.report.html.asked import Asked
from harness.report.order import family_place
from harness.report.pareto_table import front_table
from harness.report.section import Section


def pareto(asked: Asked) -> Section | None:
    """Answer for the largest network of each family that was measured on two targets or more."""
    fronts = tuple(_fronts(asked.machine.records, asked.wishes.front))
    if not fronts:
        return None
    names = " and ".join(metric_title(metric) for metric in asked.wishes.front)
    drawn = front_figure([(_title(family, found), found) for family, found in fronts])
    return Section(
        key="pareto",
        question=f"Which target is best in {names}?",
        answers=tuple(_answer(family, found) for family, found in fronts),
        details=("Of the largest network of each family: smaller networks beat all others.",),
        figures=(drawn,) if drawn else (),
        tables=tuple(
            replace(front_table(found), title=f"Pareto front, {_title(family, found)}")
            for family, found in fronts
        ),
    )


def _fronts(records: Sequence[Record], metrics: Sequence[str]) -> Iterator[tuple[str, Front]]:
    families = sorted({record.case.model.family for record in records}, key=family_place)
    for family in families:
        known = [
            record
            for record in records
            if record.case.model.family == family
            and not record.case.replica
            and all(record.values[metric].value is not None for metric in metrics)
        ]
        largest = max((record.parameter_count or 0 for record in known), default=0)
        found = [record for record in known if (record.parameter_count or 0) == largest]
        if len(found) > 1:
            yield family, front(found, metrics)


def _title(family: str, found: Front) -> str:
    size = max(one.parameter_count or 0 for one in (*found.members, *found.dominated))
    return f"{plain_text(family)} with {count(size)} parameters" if size else plain_text(family)


def _answer(family: str, found: Front) -> str:
    """Name the members of a front with their values."""
    members = "; ".join(
        f"{plain_text(one.case.slug)} ("
        + ", ".join(
            quantity(value, METRICS[metric].unit)
            for value, metric in zip(one.values, found.metrics, strict=True)
        )
        + (", close" if one.is_close else "")
        + ")"
        for one in found.members
    )
    return f"{plain_text(family)}: no other beats {members}."
