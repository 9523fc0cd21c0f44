"""Measuring with a progress display, which an interrupt ends in good order."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import typer

if TYPE_CHECKING:
    from harness.report.progress import Display

R = TypeVar("R")

_EXIT_INTERRUPTED: Final = 130
RESUME: Final = (
    "interrupted: finished trials are on disk; `scalecurve run --resume FILE` with the newest run "
    "file goes on"
)


def watched(measure: Callable[[Display], R], farewell: str = RESUME) -> R:
    """Measure, telling how far it is; an interrupt leaves what is finished on disk.

    Args:
        measure: Takes the display, which listens.
        farewell: What to say where it is interrupted.

    Raises:
        typer.Exit: it was interrupted, or asked to end.
    """
    from harness.report.progress import Display

    signal.signal(signal.SIGTERM, _interrupt)
    display = Display(sys.stderr)
    try:
        return measure(display)
    except KeyboardInterrupt:
        display.close()
        typer.echo(farewell, err=True)
        raise typer.Exit(_EXIT_INTERRUPTED) from None
    finally:
        display.close()


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt
