"""How far a run has come, on stderr: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from harness.report.format import plain_text, seconds_as_words

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_EVERY_S: Final = 10.0
"""Seconds between two plain lines, at least."""


class _Display(Protocol):
    def show(self, label: str, done: int, seconds_left: float | None) -> None: ...

    def message(self, text: str) -> None: ...

    def close(self) -> None: ...


class Progress:
    """Shows cases done, the present case and the time left.

    It starts no thread and waits for nothing: it draws only when it is told something.
    """

    def __init__(
        self, total: int | None, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare the display; nothing is shown before `start`.

        Args:
            total: Trials to do; None where it is not known yet.
            stream: Where to show them, for example stderr.
            clock: Seconds since any moment.
        """
        self._total = total
        self._stream = stream
        self._clock = clock
        self._display: _Display | None = None

    def start(self) -> None:
        """Begin to show."""
        if self._stream.isatty():
            self._display = _Bar(self._total, self._stream)
        else:
            self._display = _Lines(self._total, self._stream, self._clock)

    def expect(self, total: int) -> None:
        """Learn how many trials there will be, and show them from now on."""
        self._total = total
        if self._display:
            self.close()
            self.start()

    def step(self, label: str, done: int, seconds_left: float | None) -> None:
        """Show the present case.

        Args:
            label: Its name.
            done: Trials that are finished.
            seconds_left: Until all are; None where it is not known yet.
        """
        if self._display:
            self._display.show(plain_text(label), done, seconds_left)

    def message(self, text: str) -> None:
        """Show a line that stays, for example that a round is finished."""
        if self._display:
            self._display.message(plain_text(text))

    def close(self) -> None:
        """Leave the display as it stands; another call does nothing."""
        if self._display:
            self._display.close()
        self._display = None


class Display(Progress):
    """A display that begins at once, for a run whose number of trials is not known yet."""

    def __init__(self, stream: TextIO) -> None:
        """Begin to show on `stream`."""
        super().__init__(None, stream)
        self.start()


class _Lines:
    """A line for the first step, for the last, and whenever the last line is old enough."""

    def __init__(self, total: int | None, stream: TextIO, clock: Callable[[], float]) -> None:
        self._total = total
        self._stream = stream
        self._clock = clock
        self._shown_s: float | None = None

    def show(self, label: str, done: int, seconds_left: float | None) -> None:
        now = self._clock()
        is_recent = self._shown_s is not None and now - self._shown_s < _EVERY_S
        if is_recent and done != self._total:
            return
        self._shown_s = now
        parts = (_counted(done, self._total), label, _left(seconds_left))
        self.message("  ".join(part for part in parts if part))

    def message(self, text: str) -> None:
        self._stream.write(f"{text.rstrip()}\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.flush()


class _Bar:
    """A bar that is drawn anew at each step."""

    def __init__(self, total: int | None, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._total = total

        self._progress: RichProgress = Progress(
            *([] if total is None else [BarColumn(bar_width=24)]),
            TextColumn("{task.fields[counted]}", markup=False),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[left]}", markup=False),
            console=Console(file=stream, highlight=False, markup=False, emoji=False),
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=total, counted="", left="")
        self._progress.start()

    def show(self, label: str, done: int, seconds_left: float | None) -> None:
        self._progress.update(
            self._task,
            completed=done,
            description=label,
            counted=_counted(done, self._total),
            left=_left(seconds_left),
            refresh=True,
        )

    def message(self, text: str) -> None:
        self._progress.console.print(text)
        self._progress.refresh()

    def close(self) -> None:
        self._progress.stop()


def _counted(done: int, total: int | None) -> str:
    """Say how many trials are finished.

    >>> _counted(3, 12), _counted(3, None)
    ('3 of 12 done', '3 done')
    """
    return f"{done} done" if total is None else f"{done} of {total} done"


def _left(seconds: float | None) -> str:
    """Say how long it still takes.

    >>> _left(75.0), _left(None)
    ('1 min 15 s left', '')
    """
    return "" if seconds is None else f"{seconds_as_words(seconds)} left"
