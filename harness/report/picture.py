"""A chart as a picture: the same definition that a page draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from harness.core.errors import StoreError, UsageError
from harness.report.charts.figure import Figure, drawable

ENDINGS: Final = (".svg", ".png")
_PNG_SCALE: Final = 2


def write_picture(figure: Figure, path: Path, *, subtitle: str = "") -> None:
    """Draw a chart into a file, as its ending says; no browser and no network is needed.

    Raises:
        UsageError: the ending is of no kind that can be drawn.
        StoreError: the file cannot be written.
    """
    import vl_convert

    if path.suffix not in ENDINGS:
        raise UsageError(f"{path}: expected a name that ends in {' or '.join(ENDINGS)}")
    specification = json.dumps(drawable(figure, subtitle=subtitle))
    if path.suffix == ".svg":
        picture = vl_convert.vegalite_to_svg(specification).encode()
    else:
        picture = vl_convert.vegalite_to_png(specification, scale=_PNG_SCALE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
