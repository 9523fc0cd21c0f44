"""Charts as pictures and files. The only file that imports what draws them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from harness.core.errors import StoreError, UsageError
from harness.report.charts.figure import Figure, drawable

ENDINGS: Final = (".svg", ".png")
_PNG_SCALE: Final = 2
_LIBRARY: Final = "window.vegaEmbed = vegaEmbed;"
"""What pages call of the drawing library, which is bundled with it."""


def write_picture(figure: Figure, path: Path, *, subtitle: str = "") -> None:
    """Draw a chart into a file, as its ending says; no browser and no network is needed.

    Raises:
        UsageError: the ending is of no kind that can be drawn.
        StoreError: the file cannot be written.
    """
    if path.suffix not in ENDINGS:
        raise UsageError(f"{path}: expected a name that ends in {' or '.join(ENDINGS)}")
    draw = as_svg if path.suffix == ".svg" else as_png
    write_file(path, draw(json.dumps(drawable(figure, subtitle=subtitle))))


def as_png(specification: str) -> bytes:
    """Draw a specification, given as JSON, as a PNG picture."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(specification, scale=_PNG_SCALE)
    return picture


def as_svg(specification: str) -> bytes:
    """Draw a specification, given as JSON, as an SVG picture."""
    import vl_convert

    picture: str = vl_convert.vegalite_to_svg(specification)
    return picture.encode()


@cache
def drawing_library() -> str:
    """Bundle what draws charts in a page, which takes a second: once a process."""
    import vl_convert

    library: str = vl_convert.javascript_bundle(_LIBRARY)
    return library


def write_file(path: Path, content: bytes) -> None:
    """Write a page or a picture; its folder is made.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
