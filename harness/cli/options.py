"""Flags as frozen classes: a command takes one object; those that measure share its flags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_type_hints

import typer

from harness.cli.arguments import require_folder, split_list
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.run.plan import Plan
    from harness.run.start import Places

O = TypeVar("O")  # noqa: E741 - options

_List = Annotated[str | None, typer.Option(help="Comma-separated list.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys that are put over a plan, and where to read and write."""

    family: _List = None
    preset: _List = None
    params: Annotated[
        str | None, typer.Option(help="Sizes such as 1e5,1e6, or a range such as 1e4..1e8.")
    ] = None
    module: Annotated[
        str | None, typer.Option(help="Networks of your own, each package.module:factory.")
    ] = None
    onnx: Annotated[str | None, typer.Option(help="ONNX files of your own, by path.")] = None
    torchscript: Annotated[
        str | None, typer.Option(help="TorchScript files of your own, by path.")
    ] = None
    axis: Annotated[
        str | None, typer.Option(help="Sizes of a file's axes, such as batch=1,seq=128.")
    ] = None
    input: Annotated[
        list[str] | None,
        typer.Option(help="What a file takes: name=int64[batch,seq]:0..30521; repeatable."),
    ] = None
    data: Annotated[
        str | None, typer.Option(help="Shape networks for a data set: digits, wine, ...")
    ] = None
    variant: Annotated[
        str | None, typer.Option(help="What is done to the networks, see `zoo list`.")
    ] = None
    backend: _List = None
    device: Annotated[str | None, typer.Option(help="cpu, cuda or cuda:<index>.")] = None
    precision: Annotated[str | None, typer.Option(help="fp32, fp16, bf16.")] = None
    threads: _List = None
    batch_size: _List = None
    scenario: Annotated[
        str | None, typer.Option(help="single_stream, offline, server, multi_stream.")
    ] = None
    split: Annotated[
        str | None, typer.Option(help="Processes x threads, such as 1x2,2x1, or `all`.")
    ] = None
    options: Annotated[
        str | None, typer.Option("--option", help="backend.name=value, comma-separated.")
    ] = None
    inter_op: Annotated[str | None, typer.Option(help="Threads across operators.")] = None
    rate: Annotated[
        str | None, typer.Option(help="Queries a second, in server; 0 finds the highest.")
    ] = None
    bound: Annotated[
        str | None, typer.Option(help="Seconds for p99, in server; 0: ten median iterations.")
    ] = None
    load_seconds: Annotated[
        float | None, typer.Option(help="How long a server trial offers queries.")
    ] = None
    rounds: Annotated[int | None, typer.Option(help="Fresh trials of each case.")] = None
    seconds: Annotated[float | None, typer.Option(help="Least sampling time of a trial.")] = None
    timeout: Annotated[float | None, typer.Option(help="Seconds until a trial is killed.")] = None
    seed: Annotated[int | None, typer.Option(help="Of the order of cases.")] = None
    memory: Annotated[
        bool | None, typer.Option("--memory/--no-memory", help="Measure memory, too.")
    ] = None
    energy: Annotated[
        bool | None,
        typer.Option("--energy/--no-energy", help="Measure energy, where there are counters."),
    ] = None
    out: Annotated[Path, typer.Option(help="Folder for run files.")] = Path("runs")
    cache: Annotated[Path | None, typer.Option(help="Folder for exported networks.")] = None
    sysfs_root: Annotated[Path, typer.Option(help="Where /sys is, in a container.")] = Path("/")

    def given(self) -> dict[str, Any]:
        """Return the keys of a plan that were given, as text, numbers and truth values."""
        values = {field.name: getattr(self, field.name) for field in fields(Keys)}
        return {
            name: value
            for name, value in values.items()
            if value is not None and name not in _NOT_IN_PLANS
        }

    def over(self, name: str | None) -> Plan:
        """Read a plan by its name, where there is one, and put the keys over it.

        Raises:
            UsageError: there is none, or one has what a plan does not have.
        """
        from harness.run.plan import make_plan, read_plan

        given = self.given()
        if name is None and not given:
            raise UsageError(
                "nothing to measure; give a plan (quick, standard or a file), --family, --module, "
                "--onnx or --torchscript"
            )
        document = {key: _value(key, value) for key, value in given.items()}
        return make_plan(document, read_plan(name) if name else None)

    def places(self) -> Places:
        """Return the folders to read and write.

        Raises:
            UsageError: a file stands where a folder is expected.
        """
        from harness.run.start import Places
        from harness.store.level import state_folder
        from model_zoo.export.cache import default_root

        for flag, folder in (("--cache", self.cache), ("--sysfs-root", self.sysfs_root)):
            require_folder(flag, folder)
        return Places(
            out=self.out,
            cache=self.cache or default_root(),
            state=state_folder(),
            sysfs_root=self.sysfs_root,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFlags(Keys):
    """What is to be measured: a plan, and the keys that are put over it."""

    plan: Annotated[str | None, typer.Argument(help="A TOML file, or `quick` or `standard`.")] = (
        None
    )

    def wanted(self) -> Plan:
        """Read the plan, and put the keys over it.

        Raises:
            UsageError: there is none, or one has what a plan does not have.
        """
        return self.over(self.plan)


_NOT_IN_PLANS: Final = frozenset({"out", "cache", "sysfs_root"})
_NUMBERS: Final = {
    "threads": int,
    "batch_size": int,
    "inter_op": int,
    "rate": float,
    "bound": float,
}
_TEXTS: Final = frozenset({"data"})


def filled(options: type[O]) -> Callable[[Callable[[O], None]], Callable[..., None]]:
    """Make a command of a function of one frozen class: a flag for each of its fields."""
    # By name, for what the class got from another module is not in this one.
    hints = get_type_hints(options, include_extras=True)
    known: tuple[Field[Any], ...] = fields(options)  # type: ignore[arg-type]  # a frozen class
    parameters = [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in known
    ]

    def decorate(function: Callable[[O], None]) -> Callable[..., None]:
        def command(**values: Any) -> None:  # noqa: ANN401 - what typer read
            function(options(**values))

        command.__doc__ = function.__doc__
        # typer reads the flags off the signature, as `inspect.signature` gives it.
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # it may be set
        return command

    return decorate


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - what typer gave
    """Split what is a list on the command line."""
    if key in _NUMBERS:
        return _numbers(key, value)
    if key in _TEXTS:
        return value
    return list(split_list(value)) if isinstance(value, str) else value


def _numbers(key: str, text: str) -> list[int | float]:
    kind = _NUMBERS[key]
    try:
        return [kind(part) for part in split_list(text)]
    except ValueError:
        numbers = "whole numbers" if kind is int else "numbers"
        raise UsageError(f"{key}: {text!r} is no list of {numbers}") from None
