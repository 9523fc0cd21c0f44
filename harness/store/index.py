"""The index of a folder of run files: a cache of what its runs say, which may be deleted.

It is read from the files that are new or changed since the last time. Processes that want the same
index take turns; one that cannot be kept is made in memory, and a damaged one is made anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final

from harness.core.errors import StoreError
from harness.store.index_columns import Read, Stamp
from harness.store.index_database import Broken, Database, database
from harness.store.index_row import IndexedRun, Selection, Wanted
from harness.store.lock import try_lock, wait_for_lock
from harness.store.read import find_runs
from harness.store.stream import SUFFIXES

Reader = Callable[[Path], IndexedRun]
"""Reads one run file and works out its values; raises `StoreError` where it is none."""

Mapper = Callable[[Reader, Sequence[Path]], Iterator[IndexedRun]]
"""Applies a reader to files, in their order."""

_BATCH: Final = 100
"""Files between two commits: so many are read again where a build is cut off."""
_TOLD: Final = 500
"""Files between two messages."""
_SORTED: Final = 1_000
"""Files after which it is worth the time to put everything in order."""
_MANY: Final = 20
"""Files whose reading takes long enough to be announced."""


def one_by_one(read: Reader, paths: Sequence[Path]) -> Iterator[IndexedRun]:
    """Read in this process, each file when it is asked for."""
    return map(read, paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Where indexes are kept, and how their run files are read."""

    folder: Path | None
    """None keeps nothing: everything is read each time."""
    read: Reader
    say: Callable[[str], None]
    """Tells the user, a line at a time."""
    each: Mapper = one_by_one
    """How many files are read; over processes, the reader must be one that can be sent to them."""
    rules: str = ""
    """Names how values are worked out; where that changes, the index is made anew."""

    def select(self, root: Path, wanted: Wanted) -> Selection:
        """Return what the run files below `root` say; those that changed are read first.

        A file that cannot be read is an entry with a note; the others go on.

        Raises:
            StoreError: there is no such folder, it has no run file, or the index fails, even in
                memory.
        """
        stamps = _stamps(root)
        said = ""
        with self._kept(root) as path:
            for place in (path, path, None):
                try:
                    return self._select(place, root, stamps, wanted)
                except Broken as error:
                    said = _first_line(error)
                    self.say(f"{place or root}: index not usable, building it anew: {said}")
                    _delete(place)
        raise StoreError(f"{root}: the index failed three times, at last in memory: {said}")

    def _select(
        self, path: Path | None, root: Path, stamps: Mapping[str, Stamp], wanted: Wanted
    ) -> Selection:
        with database(path, self.rules) as opened:
            self._refresh(opened, root, stamps)
            return opened.select(wanted)

    def _refresh(self, opened: Database, root: Path, stamps: Mapping[str, Stamp]) -> None:
        """Bring the index up to date with the files, a batch at a time."""
        known = opened.stamps()
        gone = [path for path in known if path not in stamps]
        if gone:
            opened.replace(gone, [])
        changed = sorted(path for path, stamp in stamps.items() if known.get(path) != stamp)
        if len(changed) > _MANY:
            self.say(f"{root}: reading {len(changed):,} run files that are new or changed")
        runs = self.each(partial(_noted, self.read), [_whole(root, path) for path in changed])
        for done in range(0, len(changed), _BATCH):
            if done and done % _TOLD == 0:
                self.say(f"{root}: {done:,} of {len(changed):,} are read")
            batch = changed[done : done + _BATCH]
            read = [Read(path=p, stamp=stamps[p], run=run) for p, run in zip(batch, runs)]  # noqa: B905 - there are more runs than this batch has
            opened.replace([], read)
        if len(changed) >= _SORTED:
            opened.sort()

    @contextmanager
    def _kept(self, root: Path) -> Iterator[Path | None]:
        """Give the file of the index to this process alone; None where it cannot be kept."""
        if self.folder is None:
            yield None
            return
        path = self.folder / f"index-{_digest(root)}.duckdb"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = path.with_suffix(".lock").open("ab")
        except OSError as error:
            self.say(f"{self.folder}: no place for an index: {error.strerror or error}")
            yield None
            return
        with lock:
            if not try_lock(lock.fileno()):
                self.say(f"{path}: waiting for another process that uses this index")
                wait_for_lock(lock.fileno())
            yield path


def _noted(read: Reader, path: Path) -> IndexedRun:
    """Read one file; what is wrong with it is a note."""
    try:
        return read(path)
    except StoreError as error:
        return IndexedRun(note=str(error))


def _stamps(root: Path) -> dict[str, Stamp]:
    """Return what each run file looks like now, by its path below the root.

    The folder is listed by the system's own means: `pathlib` takes ten times as long, which with
    ten thousand files is longer than the answer may take.
    """
    if not root.is_dir():
        (path,) = find_runs([root])
        facts = path.stat()
        return {"": (facts.st_size, facts.st_mtime_ns)}
    found: dict[str, Stamp] = {}
    _list(str(root), "", found)
    if not found:
        find_runs([root])  # says what is wrong
    return found


def _list(folder: str, prefix: str, found: dict[str, Stamp]) -> None:
    """Add the run files of a folder and of those below it; links to folders are not followed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            facts = _facts(entry)
            if facts is None:
                continue
            if S_ISREG(facts.st_mode) and entry.name.endswith(SUFFIXES):
                found[prefix + entry.name] = (facts.st_size, facts.st_mtime_ns)
            elif S_ISDIR(facts.st_mode) and not entry.is_symlink():
                _list(entry.path, f"{prefix}{entry.name}/", found)


def _facts(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return size and time; None where it went away just now, or leads nowhere."""
    try:
        return entry.stat()
    except OSError:
        return None


def _whole(root: Path, path: str) -> Path:
    return root / path if path else root


def _delete(path: Path | None) -> None:
    """Delete a damaged index, where that can be done."""
    if path is not None:
        with suppress(OSError):
            for file in (path, path.with_name(f"{path.name}.wal")):
                file.unlink(missing_ok=True)


def _digest(root: Path) -> str:
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
