"""Charts of histories: a panel for each metric of each case, those with changes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from harness.analyse.history.series import History
from harness.core.errors import UsageError
from harness.report.charts.figure import styled
from harness.report.format import count, plain_text
from harness.report.history_panel import history_panel
from harness.report.page import chart_page
from harness.report.picture import as_png, as_svg, drawing_library, write_file

MOST_PANELS: Final = 24
"""A chart of more is not looked at."""


def write_history(histories: Sequence[History], title: str, path: Path) -> None:
    """Draw histories into a file; its ending says how: `.html`, `.png` or `.svg`.

    Raises:
        UsageError: another ending, or there is nothing to draw.
        StoreError: the file cannot be written.
    """
    write = _WRITERS.get(path.suffix)
    if write is None:
        raise UsageError(f"{path}: expected a name that ends in {', '.join(_WRITERS)}")
    specification = json.dumps(history_chart(histories, title))
    write_file(path, write(specification, title))


def history_chart(histories: Sequence[History], title: str) -> dict[str, Any]:
    """Describe the chart as a Vega-Lite specification.

    Raises:
        UsageError: there is nothing to draw.
    """
    import altair as alt

    groups = _groups(histories)
    if not groups:
        raise UsageError("no series has a point: there is nothing to draw")
    shown = groups[:MOST_PANELS]
    lines = _legend(shown)
    if shown != groups:
        lines.append(f"{len(shown)} of {count(len(groups))} are shown")
    whole = alt.vconcat(
        *map(history_panel, shown),
        spacing=24,
        title=alt.TitleParams(text=plain_text(title), subtitle=lines, anchor="start", offset=12),
    )
    return styled(whole)


def _groups(histories: Sequence[History]) -> list[list[History]]:
    """Put the epochs of one metric of one case together; those with changes first."""
    groups: dict[tuple[str, str, str], list[History]] = {}
    for history in histories:
        series = history.series
        if series.points:
            groups.setdefault((series.case, series.case_id, series.metric), []).append(history)
    return sorted(groups.values(), key=lambda group: not any(one.changes for one in group))


def _legend(groups: Sequence[Sequence[History]]) -> list[str]:
    """Name the marks that there are."""
    histories = [history for group in groups for history in group]
    parts = []
    if any(point.low is not None for history in histories for point in history.series.points):
        parts.append("thin bars: 95 % interval of a run")
    if any(history.changes for history in histories):
        parts.append("lines: levels before and after; bands: where each change happened")
    else:
        parts.append("no lasting change")
    if any(len(group) > 1 for group in groups):
        parts.append("shades and colours: epochs, runs under equal conditions")
    return ["; ".join(parts)]


def _html(specification: str, title: str) -> bytes:
    return chart_page(plain_text(title), specification, drawing_library()).encode()


_WRITERS: Final[dict[str, Callable[[str, str], bytes]]] = {
    ".html": _html,
    ".png": lambda specification, _: as_png(specification),
    ".svg": lambda specification, _: as_svg(specification),
}
