"""Which commands there are, and where; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from harness.core.errors import UsageError
from harness.core.names import suggestion


class Place(NamedTuple):
    """Where a command is, and what it answers in a few words."""

    location: str
    """`module:name` of a function, or of a group of commands of its own."""
    what: str


COMMANDS: Final = {
    "run": Place("harness.cli.run:run", "Measure networks, and print what they cost."),
    "show": Place("harness.cli.show:show", "Print what runs measured: a row a case."),
    "quality": Place(
        "harness.cli.quality:quality", "Train networks on small real data, and score."
    ),
    "calibrate": Place("harness.cli.calibrate:calibrate", "Measure this machine's own noise."),
    "compare": Place("harness.cli.compare:compare", "Say what changed between two runs."),
    "ab": Place("harness.cli.ab:ab", "Measure two environments in turns, and compare."),
    "gate": Place("harness.cli.gate:gate", "Turn verdicts into an exit code, for CI."),
    "import": Place("harness.cli.import_:import_", "Make a run of pytest-benchmark's JSON."),
    "export": Place("harness.cli.export:export", "Write a run for other tools."),
    "fit": Place("harness.cli.fit:fit", "Say how cost grows with parameters: scaling laws."),
    "budget": Place("harness.cli.budget:budget", "Find the largest network within a budget."),
    "search": Place("harness.cli.search:search", "Find the best of a plan's grid under limits."),
    "pareto": Place("harness.cli.pareto:pareto", "List what nothing else beats in every metric."),
    "parallel": Place("harness.cli.parallel:parallel", "Rank splits of cores into processes."),
    "roofline": Place("harness.cli.roofline:roofline", "Hold costs against the machine's peaks."),
    "report": Place("harness.cli.report:report", "Write one page with every answer."),
    "plot": Place("harness.cli.plot:plot", "Write one chart as a picture."),
    "history": Place("harness.cli.history:history", "Find when something changed, over many runs."),
    "zoo": Place("harness.cli.zoo:zoo", "List, plan and export networks of any size."),
    "doctor": Place("harness.cli.doctor:doctor", "Say what can be measured here, and why not."),
}
"""By name, in the order of the help."""


class Commands(TyperGroup):
    """The commands of the table."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as typer has it
        """Name them in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as typer has it
        """Import one.

        Raises:
            UsageError: there is no such command.
        """
        place = COMMANDS.get(cmd_name)
        if place is None:
            told = suggestion(cmd_name, COMMANDS, "`scalecurve --help`")
            raise UsageError(f"no command {cmd_name!r}; {told}")
        return _load(cmd_name, place.location)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - as above
        """Write the table, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.what) for name, place in COMMANDS.items()])


def _load(name: str, location: str) -> Any:  # noqa: ANN401 - a command of typer's own click
    module, _, attribute = location.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = get_command(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return get_command(alone)
