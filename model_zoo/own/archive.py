"""TorchScript archives, looked at before torch opens them: sizes, and what their code may call."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

from model_zoo.own.files import LARGEST_DATA, BadFile, require_file

_MOST_ENTRIES: Final = 1 << 16
_LARGEST_CODE: Final = 1 << 26
"""Bytes of code of one archive."""
_TOUCHES_FILES: Final = re.compile(rb"\b(from_file|save|_save|load|_load)\s*\(")
"""Operators of torch that read or write files; a network needs none."""


def check_archive(path: Path) -> None:
    """Refuse an archive that is none, is too large when unpacked, or whose code touches files.

    Raises:
        BadFile: it does; the message names the entry.
    """
    require_file(path, LARGEST_DATA)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(path, entries)
            code = [one for one in entries if one.filename.endswith(".py")]
            if not code:
                raise BadFile(f"{path} has no code: no TorchScript archive")
            for entry in code:
                found = _TOUCHES_FILES.search(archive.read(entry))
                if found:
                    operator = found[1].decode()
                    raise BadFile(f"{path}: {entry.filename} calls {operator!r}; refused")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadFile(f"{path} is no TorchScript archive: {error}") from None


def _check_sizes(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    total = sum(one.file_size for one in entries)
    code = sum(one.file_size for one in entries if one.filename.endswith(".py"))
    if len(entries) > _MOST_ENTRIES or total > LARGEST_DATA or code > _LARGEST_CODE:
        raise BadFile(f"{path}: {len(entries):,} entries of {total:,} bytes unpacked; refused")
