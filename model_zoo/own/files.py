"""Networks of the user's own as files: how they are named, and what is never opened. No torch.

A file is named by its path, the inputs that are declared beside it, and the sizes of its axes. The
first two are the preset of its spec, written `net.onnx?ids=int64[batch,seq]:0..30521`; the sizes
are its dimensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model_zoo.own.locate import BadFactory
from model_zoo.spec import ModelSpec

ONNX: Final = "onnx"
"""The family of ONNX files; the other one of `FILES` is of TorchScript archives."""
BATCH: Final = "batch"
"""The axis that the plan's batch size binds."""

LARGEST_FILE: Final = 2**31
"""Bytes of one file. Source: Google, Protocol Buffers, 'Proto Limits': 2 GiB for a message."""
LARGEST_DATA: Final = 2**36
"""Bytes of all files of external data together."""
MOST_ELEMENTS: Final = 2**31
"""Numbers of one input: more is taken for a mistake."""

_INPUT: Final = re.compile(
    r"(?P<name>[^=?&]+)="
    r"(?:(?P<type>[a-z]+[0-9]*)(?:\[(?P<shape>[^\[\]]*)\])?)?"
    r"(?::?(?P<low>[-+0-9.eE]+?)\.\.(?P<high>[-+0-9.eE]+))?"
)
_AXIS: Final = re.compile(r"([^=?&]+)=([0-9]+)")


class BadFile(BadFactory):
    """The file is not what it should be, or asks for what is not given."""


class NoSuchFile(BadFile):
    """There is no such file, or it is too large to be read."""


class UnboundAxis(BadFile):
    """An axis has no size, or one that does not go with the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredInput:
    """What the user says of one input."""

    name: str
    type: str = ""
    """numpy's name of its number format; empty where the file says it."""
    shape: tuple[str, ...] | None = None
    """Sizes, and names of axes; None where the file says it."""
    low: float | None = None
    high: float | None = None
    """Ends of the range that it is drawn from, both included; None for the usual one."""


def file_spec(
    form: str, path: str, *, inputs: Sequence[str] = (), axes: Mapping[str, int] | None = None
) -> ModelSpec:
    """Return the spec of a file's network; nothing is opened.

    Args:
        form: One of `FILES`: a family, and the format that a runtime starts from.
        path: As the user wrote it.
        inputs: Each `name=type[shape]:low..high`, of which the parts may be missing.
        axes: Sizes by their names; that of the batch is the case's own.

    Raises:
        ValueError: there is no such file, it is too large, or an input cannot be read.
    """
    if "?" in path:
        raise NoSuchFile(f"{path!r}: no file with a question mark in its name is taken")
    require_file(Path(path))
    for text in inputs:
        parse_input(text)
    sizes = {name: size for name, size in (axes or {}).items() if name != BATCH}
    query = "?" + "&".join(inputs) if inputs else ""
    return ModelSpec.of(form, sizes, preset=f"{path}{query}")


def path_of(spec: ModelSpec) -> Path:
    """Return where the file of a spec is."""
    return Path(spec.preset.partition("?")[0])


def inputs_of(spec: ModelSpec) -> tuple[DeclaredInput, ...]:
    """Return what the user says of the inputs, in order."""
    query = spec.preset.partition("?")[2]
    return tuple(parse_input(text) for text in query.split("&") if text)


def parse_input(text: str) -> DeclaredInput:
    """Read what is declared of one input.

    >>> parse_input("ids=int64[batch,seq]:0..30521").shape
    ('batch', 'seq')
    >>> parse_input("ids=0..9").high
    9.0

    Raises:
        ValueError: it is not of that form.
    """
    found = _INPUT.fullmatch(text.strip())
    if found is None or not (found["type"] or found["low"]):
        raise BadFile(
            f"input {text!r} is not of the form name=type[shape]:low..high, such as "
            "ids=int64[batch,seq]:0..30521 or image=0..1"
        )
    shape = found["shape"]
    try:
        ends = [None if found[end] is None else float(found[end]) for end in ("low", "high")]
    except ValueError:
        raise BadFile(f"input {text!r}: the ends of its range are no numbers") from None
    if None not in ends and not (ends[0] or 0.0) <= (ends[1] or 0.0):
        raise BadFile(f"input {text!r}: the range ends before it begins")
    parts = None if shape is None else tuple(p.strip() for p in shape.split(",") if p.strip())
    return DeclaredInput(
        name=found["name"].strip(), type=found["type"] or "", shape=parts, low=ends[0], high=ends[1]
    )


def parse_axes(texts: Iterable[str]) -> dict[str, int]:
    """Read sizes of axes, each `name=size`.

    >>> parse_axes(["batch=1", "seq=128"])
    {'batch': 1, 'seq': 128}

    Raises:
        ValueError: one is not of that form, or named twice.
    """
    sizes: dict[str, int] = {}
    for text in texts:
        found = _AXIS.fullmatch(text.strip())
        if found is None or not int(found[2]) or found[1] in sizes:
            raise UnboundAxis(f"axis {text!r} is not of the form name=size, such as seq=128, once")
        sizes[found[1]] = int(found[2])
    return sizes


def require_file(path: Path, largest: int = LARGEST_FILE) -> None:
    """Refuse what is no file that can be read whole.

    Raises:
        NoSuchFile: it is not there, no regular file, or larger than `largest` bytes.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise NoSuchFile(f"{path}: {error.strerror or error}") from None
    if not path.is_file():
        raise NoSuchFile(f"{path}: no file")
    if size > largest:
        raise NoSuchFile(f"{path}: {size:,} bytes; more than {largest:,} are not read")


def inside(folder: Path, location: str) -> Path:
    """Return the path of external data, which has to lie in the file's own folder.

    Raises:
        BadFile: it is absolute, or leads out of the folder, by itself or by a link.
    """
    root = folder.resolve()
    path = (root / location).resolve()
    if not location or Path(location).is_absolute() or not path.is_relative_to(root):
        raise BadFile(f"external data at {location!r} is not inside {folder}; refused")
    require_file(path, LARGEST_DATA)
    return path
