"""Colours of charts on a page: named by its style, so that dark and print need no redrawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.report.charts.figure import STYLE, Figure, Specification
from harness.report.colours import COLOURS, DARK, INK, PAPER, variable


def themed(figure: Figure) -> Specification:
    """Return the specification that the page draws: no title, and names of colours for colours."""
    style = {**STYLE, "background": "transparent", "padding": 4}
    found: Specification = _replaced({**figure.specification, "config": style})
    return found


def _replaced(part: Any) -> Any:  # noqa: ANN401 - any part of a specification
    if isinstance(part, Mapping):
        return {name: _replaced(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_replaced(value) for value in part]
    return f"var({variable(part)})" if isinstance(part, str) and part in DARK else part


def light() -> dict[str, str]:
    """Return, by the name that stands for it on the page, each colour of a picture."""
    return {f"var({variable(colour)})": colour for colour in DARK}


def style_sheet() -> str:
    """Name every colour, and what stands for it on dark paper; print is always light."""
    bright = " ".join(f"{variable(colour)}: {colour};" for colour in DARK)
    dark = " ".join(f"{variable(colour)}: {other};" for colour, other in DARK.items())
    return (
        f":root {{ {bright} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def contrasts() -> Iterator[tuple[str, str]]:
    """Return what is drawn and what it is drawn on, in light and in dark."""
    for colour in (INK, *COLOURS):
        yield colour, PAPER
        yield DARK[colour], DARK[PAPER]
