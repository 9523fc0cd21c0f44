"""Colours and shapes of everything drawn: told apart with any colour vision, in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.report.points import BACKENDS

INK: Final = "#222222"
FAINT: Final = "#666666"
GRID: Final = "#e4e4e4"
FRAME: Final = "#cccccc"
PAPER: Final = "#ffffff"

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#e69f00", "#56b4e9", "#444444")
"""Told apart with any colour vision, and by shape as well.

Source: Okabe and Ito, Color Universal Design (2008); the purple is from Tol, Colour Schemes (2021).
"""
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "circle")

DARK: Final = {
    INK: "#e8e8e8",
    FAINT: "#a8a8a8",
    GRID: "#333840",
    FRAME: "#4a4f57",
    PAPER: "#16191d",
    "#0072b2": "#4aa8e0",
    "#d55e00": "#ff8a3d",
    "#009e73": "#2cc79b",
    "#aa3377": "#e07ab0",
    "#e69f00": "#f2b824",
    "#56b4e9": "#9ad5f7",
    "#444444": "#bdbdbd",
}
"""By colour on white paper, the one that stands for it on dark paper, at a contrast of 4.5 or more
to it."""


def variable(colour: str) -> str:
    """Name the style property that holds a colour on a page.

    >>> variable("#0072b2")
    '--c-0072b2'
    """
    return f"--c-{colour.removeprefix('#')}"


def chosen(series: Sequence[str], values: Sequence[str]) -> list[str]:
    """Give every line its colour or shape; a backend has the same in every chart.

    >>> chosen(["onnxruntime, cpu"], COLOURS) == [COLOURS[2]]
    True
    """
    backends = [name.partition(",")[0] for name in series]
    fixed = set(backends) <= set(BACKENDS) and len(set(backends)) == len(backends)
    places = [BACKENDS.index(name) if fixed else place for place, name in enumerate(backends)]
    return [values[place % len(values)] for place in places]
