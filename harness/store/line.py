"""One line of a run file: a header, a trial or an end, as JSON and back."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.core.run import RunEnd, RunHeader
from harness.core.trial import Trial
from harness.store.check import check_header, check_trial
from harness.store.migrate import Migrations, migrate


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one of the three is given."""

    header: RunHeader | None = None
    trial: Trial | None = None
    end: RunEnd | None = None

    def __post_init__(self) -> None:
        given = [part for part in (self.header, self.trial, self.end) if part is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of header, trial, end; found {len(given)}")
        if self.header is not None:
            check_header(self.header)
        if self.trial is not None:
            check_trial(self.trial)


class _VersionOnly(msgspec.Struct):
    schema_version: int


class _Opening(msgspec.Struct):
    """As much of a first line as every schema version has in common."""

    header: _VersionOnly


def encode_line(line: Line) -> bytes:
    """Write one line, its newline included.

    Text that is no valid Unicode (a file name inside a traceback) gets replacement characters.

    Raises:
        ValueError: reading it back would fail, for example because a number is not finite.
    """
    try:
        data = msgspec.json.encode(line)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_valid_text(msgspec.to_builtins(line)))
    decode_line(data)
    return data + b"\n"


def decode_line(data: bytes) -> Line:
    """Read one line of the present schema version; nothing in it is evaluated.

    Raises:
        ValueError: it is not a line of a run file, or contradicts itself.
    """
    try:
        return _DECODER.decode(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def decode_older_line(data: bytes, version: int, migrations: Migrations) -> Line:
    """Read one line of schema version `version`.

    Raises:
        ValueError: it is not a line of such a run file.
    """
    try:
        return msgspec.convert(migrate(msgspec.json.decode(data), version, migrations), Line)
    except (RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a line of schema {version}: {error!r}") from error


def opening_version(data: bytes) -> int:
    """Return the schema version that a first line names.

    Raises:
        ValueError: it is not the first line of a run file of any version.
    """
    try:
        return _OPENING_DECODER.decode(data).header.schema_version
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _valid_text(value: Any) -> Any:  # noqa: ANN401 - plain JSON data of any shape
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_valid_text(key): _valid_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_valid_text(item) for item in value]
    return value


_DECODER = msgspec.json.Decoder(Line)
_OPENING_DECODER = msgspec.json.Decoder(_Opening)
