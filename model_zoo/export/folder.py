"""Folders that are either whole or not there: written aside, renamed, checked on reading."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from model_zoo.export.lock import locked

MANIFEST: Final = "manifest.json"
_READ_BYTES: Final = 1 << 20


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a whole folder; None where it is missing or its files differ."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = dict(manifest["files"])
        is_whole = all((folder / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if is_whole else None


def make_folder(folder: Path, write: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
    """Make a folder once, whoever asks, and return its manifest.

    `write` fills an empty folder and returns what the manifest shall say besides the files' sizes
    and digest. A maker that was killed leaves a folder aside, which the next one removes.

    Raises:
        OSError: the disk is full or the place can't be written; nothing half-made is left.
    """
    with locked(folder.parent / f".{folder.name}.lock"):
        manifest = read_manifest(folder)
        if manifest is not None:
            return manifest
        prefix = f".{folder.name}.partial-"
        for leftover in folder.parent.glob(f"{prefix}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        try:
            manifest = _written(aside, write(aside))
            if folder.exists():  # it is broken, else its manifest had been returned
                shutil.rmtree(folder)
            aside.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return manifest


def _written(folder: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """Write the manifest of a folder's files, and wait until all is on the disk."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    with ThreadPoolExecutor(1) as pool:
        on_disk = pool.submit(_sync, files)
        manifest = {**said, "files": sizes, "sha256": _digest(files)}
        on_disk.result()
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _sync(files: list[Path]) -> None:
    """Wait until every file is on the disk."""
    for path in files:
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while part := file.read(_READ_BYTES):
                digest.update(part)
    return digest.hexdigest()
