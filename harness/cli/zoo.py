"""`scalecurve zoo`: which networks there are, what one costs on paper, and their artifacts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli.arguments import choose, choose_all, parse_count, parse_counts, require_folder
from harness.cli.options import filled
from harness.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from model_zoo.spec import ModelSpec

_EXIT_FAILED: Final = 1
_FORMATS: Final = ("torch", "torchscript", "onnx")
_COUNTED: Final = ("nominal_parameters", "nonzero_parameters")
"""Of a variant, beside the parameters that it stores."""

zoo = typer.Typer(
    help="Networks at graded sizes: list them, solve for a size, export them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Family = Annotated[str | None, typer.Option(help="Name of a family, see `zoo list`.")]
_Variant = Annotated[str, typer.Option(help="What is done to the network, see `zoo list`.")]
_Preset = Annotated[str | None, typer.Option(help="Name of a published network.")]


@zoo.command("list")
def list_networks(*, as_json: _Json = False) -> None:
    """List families with the sizes that they reach, and presets with their counts."""
    found = _listing()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from harness.report.format import count

    typer.echo("families, with the parameter counts that they reach")
    for name, reach in found["families"].items():
        span = f"{count(reach['smallest']):>9} to {count(reach['largest'])}"
        typer.echo(f"  {name:<12}{span}   {reach['inputs']}")
    typer.echo("\nvariants, for --variant")
    for form in found["variants"]:
        typer.echo(f"  {form['name']:<32}{form['description']}")
    typer.echo("\npresets")
    for known in found["presets"]:
        typer.echo(
            f"  {known['name']:<20}{count(known['parameter_count']):>15}   {known['family']}"
        )


@zoo.command()
def plan(
    *,
    family: _Family = None,
    params: Annotated[str | None, typer.Option(help="Parameter count, such as 1e6.")] = None,
    preset: _Preset = None,
    variant: _Variant = "",
    batch_size: Annotated[str, typer.Option(help="Items of a pass.")] = "1",
    as_json: _Json = False,
) -> None:
    """Print the network of a size: its dimensions, parameter count, FLOPs and bytes."""
    found = _specs(family, params, preset)
    if len(found) > 1:
        raise UsageError("`zoo plan` describes one network; give one name and one size")
    [spec] = [_varied(one, variant) for one in found]
    described = _described(spec, parse_count(batch_size))
    if as_json:
        typer.echo(json.dumps(described, indent=2))
        return
    from harness.report.format import count, quantity, scaled_count

    typer.echo(f"{spec.preset or spec.family}{f', {spec.variant}' if spec.variant else ''}")
    for name, size in spec.dimensions:
        typer.echo(f"  {name:<18}{count(size):>20}")
    typer.echo(f"{'parameters':<20}{count(described['parameter_count']):>20}")
    for name in _COUNTED if spec.variant else ():
        typer.echo(f"{name.replace('_', ' '):<20}{count(described['account'][name]):>20}")
    typer.echo(f"{'FLOPs of a pass':<20}{scaled_count(described['flops']):>20}")
    for name in ("weight_bytes", "activation_bytes", "input_bytes", "output_bytes"):
        label = name.replace("_bytes", "s" if name != "activation_bytes" else "s, least")
        typer.echo(f"{label:<20}{quantity(described[name], 'B'):>20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """Which networks to export, in which form, and where to."""

    family: _Family = None
    params: Annotated[str | None, typer.Option(help="Parameter counts, such as 1e5,1e6.")] = None
    preset: _Preset = None
    formats: Annotated[str, typer.Option("--format", help="Any of torch, torchscript, onnx.")] = (
        ",".join(_FORMATS)
    )
    precision: Annotated[str, typer.Option(help="fp32, fp16 or bf16.")] = "fp32"
    variant: _Variant = ""
    out: Annotated[Path, typer.Option(help="Folder for the artifacts.")]


@zoo.command("build")
@filled(BuildOptions)
def build(options: BuildOptions) -> None:
    """Export networks into a folder; what is there already is kept."""
    from harness.core.case import Precision

    chosen = choose_all(options.formats, _FORMATS, "format")
    choose(options.precision, tuple(Precision), "precision")
    require_folder("--out", options.out)
    jobs = [
        {
            "spec": _varied(spec, options.variant).as_record(),
            "format": name,
            "precision": options.precision,
        }
        for spec in _specs(options.family, options.params, options.preset)
        for name in chosen
    ]
    failed = 0
    command = [sys.executable, "-P", "-m", "model_zoo.export.make", "--cache", str(options.out)]
    for answer in answers(jobs, command):
        failed += not answer["ok"]
        if answer["ok"]:
            typer.echo(answer["path"])
        else:
            typer.echo(f"{answer['job']['format']}: {answer['error']}", err=True)
    if failed:
        raise typer.Exit(_EXIT_FAILED)


def _listing() -> dict[str, Any]:
    from harness.report.inputs import shapes
    from model_zoo.families import FAMILIES
    from model_zoo.presets import PRESETS
    from model_zoo.solve import LARGEST, smallest, solve
    from model_zoo.variants.name import FORMS, PRECISIONS

    return {
        "families": {
            name: {
                "smallest": smallest(name),
                "largest": LARGEST,
                "inputs": shapes(solve(name, smallest(name))),
            }
            for name in FAMILIES
        },
        "variants": [{"name": form.text, "description": form.description} for form in FORMS]
        + [
            {"name": name, "description": f"the plain network, as --precision {name} gives it"}
            for name in PRECISIONS.values()
            if name
        ],
        "presets": [
            {
                "name": known.name,
                "family": known.family,
                "parameter_count": known.parameter_count,
                "source": known.source,
            }
            for known in PRESETS
        ],
    }


def _specs(family: str | None, params: str | None, preset: str | None) -> list[ModelSpec]:
    """Return the networks that the flags name: families by sizes, or presets.

    Raises:
        UsageError: a name does not exist, a size cannot be reached, or nothing is named.
    """
    from model_zoo.families import FAMILIES
    from model_zoo.presets import PRESETS
    from model_zoo.presets import preset as published
    from model_zoo.solve import solve

    if preset is not None and (family is not None or params is not None):
        raise UsageError("a preset has its own family and size; give --preset alone")
    if preset is not None:
        return [published(n) for n in choose_all(preset, [p.name for p in PRESETS], "preset")]
    if family is None or params is None:
        raise UsageError("which network? give --family and --params, or --preset")
    families = choose_all(family, FAMILIES, "family")
    try:
        return [solve(name, count) for name in families for count in parse_counts(params)]
    except ValueError as error:
        raise UsageError(str(error)) from None


def _varied(spec: ModelSpec, variant: str) -> ModelSpec:
    """Return a network's variant; the network itself where no variant is named.

    Raises:
        UsageError: there is no such variant.
    """
    try:
        return spec.varied(variant)
    except ValueError as error:
        raise UsageError(f"variant: {error}") from None


def _described(spec: ModelSpec, batch_size: int) -> dict[str, Any]:
    from model_zoo.cost import cost
    from model_zoo.variants.account import account

    return {
        **asdict(cost(spec, batch_size)),
        "account": asdict(account(spec)),
        "batch_size": batch_size,
        "spec": {
            "family": spec.family,
            "preset": spec.preset,
            "variant": spec.variant,
            "seed": spec.seed,
            "dimensions": dict(spec.dimensions),
        },
        "digest": spec.digest,
    }


def answers(jobs: Sequence[dict[str, Any]], command: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Have a separate process make the artifacts; give each answer as it comes.

    Args:
        jobs: What to make, see `model_zoo.export.make`.
        command: Takes the jobs as JSON, and gives one line of JSON for each.

    Raises:
        StoreError: the process ended before it answered everything.
    """
    from tempfile import TemporaryFile

    with TemporaryFile() as asked:
        asked.write(json.dumps(jobs).encode())
        asked.seek(0)
        with subprocess.Popen(command, stdin=asked, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
            answered = 0
            for line in process.stdout or ():
                answered += 1
                yield json.loads(line)
    if answered < len(jobs):
        raise StoreError(
            f"the exporter ended with status {process.returncode} after {answered} of "
            f"{len(jobs)} artifacts; what it printed stands above"
        )
