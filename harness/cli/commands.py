"""Which commands there are, and where; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS: Final = {
    "run": "harness.cli.run:run",
    "show": "harness.cli.show:show",
    "calibrate": "harness.cli.calibrate:calibrate",
    "compare": "harness.cli.compare:compare",
    "ab": "harness.cli.ab:ab",
    "gate": "harness.cli.gate:gate",
    "import": "harness.cli.import_:import_",
    "export": "harness.cli.export:export",
    "fit": "harness.cli.fit:fit",
    "budget": "harness.cli.budget:budget",
    "pareto": "harness.cli.pareto:pareto",
    "roofline": "harness.cli.roofline:roofline",
    "report": "harness.cli.report:report",
    "plot": "harness.cli.plot:plot",
    "history": "harness.cli.history:history",
    "zoo": "harness.cli.zoo:zoo",
    "doctor": "harness.cli.doctor:doctor",
}
"""By name, in the order of the help: a function, or a group of commands of its own."""


class Commands(TyperGroup):
    """The commands of the table."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as typer has it
        """Name them in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as typer has it
        """Import one; None where there is no such command."""
        location = COMMANDS.get(cmd_name)
        return None if location is None else _load(cmd_name, location)


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
