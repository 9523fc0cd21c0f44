"""The command `scalecurve`: which commands there are, and how errors become exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer

from harness.cli.commands import Commands
from harness.cli.streams import be_patient
from harness.core.errors import HarnessError, NotComparable

EXIT_OK: Final = 0
EXIT_USAGE: Final = 2
EXIT_NOT_COMPARABLE: Final = 5
_EXIT_INTERRUPTED: Final = 130
"""128 and the number of SIGINT, as shells have it."""

_LONGEST: Final = 2000
"""Characters of one line of an error."""

app = typer.Typer(
    name="scalecurve",
    cls=Commands,
    help="Measure what networks cost to run, against their parameter count.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # else every --help loads rich
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command on the command line, and exit with its code."""
    be_patient()
    code = exit_code(app)
    if not gc.isenabled():  # it only read: to free what it read takes a tenth of its time
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def exit_code(command: Callable[[], object]) -> int:
    """Run a command; turn how it ended into an exit code, and what went wrong into one line."""
    _print_anything()
    try:
        try:
            command()
        finally:
            sys.stdout.flush()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else EXIT_OK
    except NotComparable as error:
        _complain(str(error))
        return EXIT_NOT_COMPARABLE
    except HarnessError as error:
        _complain(str(error))
        return EXIT_USAGE
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    return EXIT_OK


def _complain(message: str) -> None:
    """Write an error for people; what it quotes from a file can do no more than be read."""
    from harness.report.format import plain_text

    lines = (plain_text(line, longest=_LONGEST) for line in message.splitlines())
    typer.echo("scalecurve: " + "\n".join(lines), err=True)


def _print_anything() -> None:
    """Write what the terminal's encoding lacks as an escape, so that no table ends in an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        typer.echo(f"scalecurve {version('scalecurve')}")
    except PackageNotFoundError:
        typer.echo("scalecurve, version unknown: it is not installed")
    raise typer.Exit


@app.callback()
def _options(
    *,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    del show_version
