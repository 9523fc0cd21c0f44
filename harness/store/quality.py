"""Files of trained networks: a header, then a line for each fold that was scored.

They end in `.ndjson`, so that no folder of run files takes one for a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import StoreError
from harness.core.quality import QUALITY_VERSION, QualityHeader, QualityRun, Scored
from harness.store.appender import Appender
from harness.store.write import file_stem

ENDING: Final = ".ndjson"
_LARGEST: Final = 1 << 30
"""Bytes of a file that is read; a thousand networks take a hundredth of it."""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one of the two is given."""

    header: QualityHeader | None = None
    scored: Scored | None = None

    def __post_init__(self) -> None:
        if (self.header is None) == (self.scored is None):
            raise ValueError("expected either header or scored")


_DECODER: Final = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class QualityWriter(Appender):
    """The only writer of one file; a context manager that lets go of it."""

    @classmethod
    def create(cls, folder: Path, header: QualityHeader) -> QualityWriter:
        """Start a new file in `folder`, named after the header; the folder is made if missing.

        Raises:
            StoreError: the folder cannot be written, the disk is full, or the file exists.
        """
        stem = file_stem(header.started_at, header.environment.host, header.quality_id)
        return cls.begin(folder / f"{stem}{ENDING}", _encoded(_Line(header=header)))

    @classmethod
    def resume(cls, path: Path) -> tuple[QualityWriter, QualityRun]:
        """Go on with a file; a torn last line is cut off first.

        Raises:
            StoreError: there is none, it is no such file, or another process writes it.
        """
        run = read_quality(path)
        writer = cls.reopen(path)
        try:
            writer.mend(is_torn=bool(run.torn))
        except StoreError:
            writer.close()
            raise
        return writer, run

    def write(self, scored: Scored) -> None:
        """Write one fold; it is on the disk when this returns.

        Raises:
            StoreError: it could not be written; the file then ends with the line before.
        """
        self.append(_encoded(_Line(scored=scored)))


def read_quality(path: Path) -> QualityRun:
    """Read a file, finished or not; nothing in it is evaluated.

    Raises:
        StoreError: it cannot be read, or is no such file; the message names the line.
    """
    header, scored, torn = None, [], ""
    for number, data in enumerate(_lines(path), start=1):
        try:
            line = _DECODER.decode(data)
            _check(line, header)
        except (ValueError, RecursionError) as error:
            if data.endswith(b"\n") or header is None:
                raise StoreError(f"{path}:{number}: {error}") from error
            torn = f"line {number} was torn after {len(data)} bytes"
            break
        header = header or line.header
        scored += [line.scored] if line.scored else []
    if header is None:
        raise StoreError(f"{path}: empty; expected what `scalecurve quality` writes")
    return QualityRun(path=str(path), header=header, scored=tuple(scored), torn=torn)


def _encoded(line: _Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix != ENDING:
        raise StoreError(f"{path}: not of `scalecurve quality`; its files end in {ENDING}")
    try:
        if path.stat().st_size > _LARGEST:
            raise StoreError(f"{path}: over {_LARGEST} bytes; refused")
        yield from path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


def _check(line: _Line, header: QualityHeader | None) -> None:
    """Refuse what contradicts the lines before, or itself.

    Raises:
        ValueError: it does.
    """
    if (header is None) != (line.header is not None):
        raise ValueError("expected the header in the first line, and nowhere else")
    if line.header is not None and line.header.schema_version > QUALITY_VERSION:
        version = line.header.schema_version
        raise ValueError(f"made by a newer version: {version}; this one reads {QUALITY_VERSION}")
    if header is not None and line.scored is not None:
        _check_scored(line.scored, header)


def _check_scored(scored: Scored, header: QualityHeader) -> None:
    if scored.digest not in {network.spec.digest for network in header.networks}:
        raise ValueError(f"a score of network {scored.digest!r}, which is not in the header")
    if not 0 <= scored.fold < header.folds:
        raise ValueError(f"fold {scored.fold} of {header.folds}")
    if bool(scored.failure) == bool(scored.confusion):
        raise ValueError("expected either a score, or why there is none")
    counts = [count for row in scored.confusion for count in row]
    side = header.classes if scored.confusion else 0
    if len(counts) != side * side or any(len(row) != side for row in scored.confusion):
        raise ValueError(f"a score that is not {header.classes} by {header.classes}")
    if any(count < 0 for count in counts) or sum(counts) > header.items:
        raise ValueError("counts that no items have")
    curves = scored.curves
    if curves is not None:
        losses = (*curves.training_loss, *curves.validation_loss)
        lengths = {len(part) for part in (curves.training_loss, curves.validation_loss)}
        shares = {len(curves.training_accuracy), len(curves.validation_accuracy)}
        if len(lengths | shares | {len(curves.epoch_ns)}) != 1 or not all(
            map(math.isfinite, losses)
        ):
            raise ValueError("curves of different lengths, or without numbers")
