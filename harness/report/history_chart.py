"""Charts of histories: a panel for each metric of each case, those with changes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.analyse.history.series import History
from harness.core.errors import StoreError, UsageError
from harness.report.colours import FAINT, FRAME, GRID, INK, PAPER
from harness.report.format import count, plain_text
from harness.report.history_panel import history_panel
from harness.report.page import chart_page

if TYPE_CHECKING:
    import altair as alt

MOST_PANELS: Final = 24
"""A chart of more is not looked at."""
_LIBRARY: Final = "window.vegaEmbed = vegaEmbed;"
"""What the page calls of the drawing library, which is bundled with it."""
_PNG_SCALE: Final = 2
_FONT: Final = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"


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
    content = write(specification, title)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path}: cannot write the chart: {error.strerror}") from error


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
    described: dict[str, Any] = _styled(whole).to_dict()
    return described


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


def _styled(whole: alt.VConcatChart) -> alt.VConcatChart:
    return (
        whole.configure(font=_FONT, background=PAPER, padding=16)
        .configure_view(stroke=FRAME)
        .configure_axis(
            gridColor=GRID,
            domain=False,
            tickColor=FRAME,
            labelColor=FAINT,
            labelFontSize=11,
            titleColor=INK,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=8,
        )
        .configure_title(
            fontSize=18, color=INK, subtitleFontSize=12, subtitleColor=FAINT, subtitlePadding=6
        )
    )


def _html(specification: str, title: str) -> bytes:
    import vl_convert

    library = vl_convert.javascript_bundle(_LIBRARY)
    return chart_page(plain_text(title), specification, library).encode()


def _png(specification: str, title: str) -> bytes:
    import vl_convert

    del title
    picture: bytes = vl_convert.vegalite_to_png(specification, scale=_PNG_SCALE)
    return picture


def _svg(specification: str, title: str) -> bytes:
    import vl_convert

    del title
    picture: str = vl_convert.vegalite_to_svg(specification)
    return picture.encode()


_WRITERS: Final[dict[str, Callable[[str, str], bytes]]] = {
    ".html": _html,
    ".png": _png,
    ".svg": _svg,
}
