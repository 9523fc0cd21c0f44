"""Pages of reference, made from the code while the site is built: every command, every module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mkdocs_gen_files

from harness.cli.commands import COMMANDS, Commands

_ROOT = Path(__file__).parents[1]
_PUBLIC = (
    "model_zoo.spec",
    "model_zoo.solve",
    "model_zoo.presets",
    "model_zoo.cost",
    "harness.core.case",
    "harness.core.metric",
    "harness.core.reason",
    "harness.core.record",
    "harness.core.run",
    "harness.core.trial",
    "harness.core.comparison",
    "harness.core.scaling",
    "harness.core.energy",
    "harness.store.read",
    "harness.store.write",
    "harness.analyse.records",
    "harness.analyse.compare.compare",
    "harness.backends.base",
    "harness.meters.base",
)
"""What others may build on; everything else may change with any version."""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, groups first and then their own commands."""
    table = Commands(name="scalecurve")
    for name in COMMANDS:
        command = table.get_command(None, name)
        yield name, command
        for inner, part in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", part


def describe(name: str, command: Any) -> str:  # noqa: ANN401 - typer's own classes
    """Write one command: its line, what it does, and a row for each argument and flag."""
    arguments = [part for part in command.params if part.param_type_name == "argument"]
    usage = " ".join(
        ["scalecurve", name, *(f"[{part.name.upper()}]" for part in arguments), "[FLAGS]"]
    )
    rows = [_row(part) for part in command.params if part.name != "help"]
    table = ["| argument or flag | default | meaning |", "| --- | --- | --- |", *rows]
    text = (command.help or "").strip()
    return "\n".join([f"## {name}", "", f"    {usage}", "", text, "", *(table if rows else []), ""])


def _row(part: Any) -> str:  # noqa: ANN401 - typer's own classes
    is_argument = part.param_type_name == "argument"
    names = part.name.upper() if is_argument else ", ".join([*part.opts, *part.secondary_opts])
    default = "" if part.default in (None, False, ()) else f"`{part.default}`"
    meaning = (part.help or "").replace("|", "\\|").replace("\n", " ")
    return f"| `{names}` | {default} | {meaning} |"


def write() -> None:
    """Write the pages."""
    with mkdocs_gen_files.open("reference/commands.md", "w") as page:
        page.write("# Commands\n\n")
        for name, command in commands():
            page.write(describe(name, command) + "\n")
    with mkdocs_gen_files.open("reference/python.md", "w") as page:
        page.write("# Python\n\n")
        for module in _PUBLIC:
            if (_ROOT / f"{module.replace('.', '/')}.py").exists():
                page.write(f"## `{module}`\n\n::: {module}\n\n")


write()
