"""Where a factory is, and which files decide what it makes. Imports no torch itself."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from model_zoo.own import split_reference

PATHS_VARIABLE: Final = "SCALECURVE_IMPORT_PATHS"
"""Folders that are importable in every process of a run, as `PATH` is written."""

_INSTALLED: Final = ("site-packages", "dist-packages")
_OURS: Final = ("harness", "model_zoo")


class NoSuchFactory(ValueError):  # noqa: N818 - what was asked for is not there
    """The reference names nothing that can be called."""


class BadFactory(ValueError):  # noqa: N818 - a property of what it makes
    """The factory gave something else than a network and its inputs."""


class WeightsDiffer(BadFactory):
    """Two calls of the factory gave two networks, though the same seeds were set before each."""


def import_paths(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the folders of `SCALECURVE_IMPORT_PATHS`, else the current one."""
    given = environment.get(PATHS_VARIABLE, "")
    return tuple(part for part in given.split(os.pathsep) if part) or (str(Path.cwd()),)


def find_factory(reference: str, paths: Iterable[str]) -> Callable[[], Any]:
    """Import the module, its folders first on the path, and return the factory.

    Whatever the module raises while it is imported is raised here.

    Raises:
        NoSuchFactory: no such module, no such name in it, or not one that can be called.
    """
    module_name, name = split_reference(reference)
    folders = tuple(paths)
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if not error.name or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # it is there, and needs one that is not
        where = ", ".join(folders)
        raise NoSuchFactory(
            f"no module {error.name!r} in {where} or among the installed packages"
        ) from None
    try:
        found = attrgetter(name)(module)
    except AttributeError:
        names = [known for known in vars(module) if callable(getattr(module, known))]
        near = get_close_matches(name, names, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise NoSuchFactory(f"{module_name} has no {name!r}{hint}") from None
    if not callable(found):
        raise NoSuchFactory(f"{reference} is of type {type(found).__name__}; expected a function")
    factory: Callable[[], Any] = found
    return factory


def sources_digest(reference: str, paths: Iterable[str]) -> str:
    """Return a digest of the imported source files that can decide what the factory makes.

    These are the modules of its own package, and all that lie in the folders of `paths` and were
    not installed. What a module reads at run time is not among them.
    """
    package = split_reference(reference)[0].partition(".")[0]
    folders = tuple(Path(folder).resolve() for folder in paths)
    files = {
        path
        for name, module in tuple(sys.modules.items())
        if (path := _file_of(module)) is not None
        and (name.partition(".")[0] == package or _is_beside(name, path, folders))
    }
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _file_of(module: Any) -> Path | None:  # noqa: ANN401 - what `sys.modules` holds
    name = getattr(module, "__file__", None)
    path = Path(name).resolve() if isinstance(name, str) else None
    return path if path is not None and path.is_file() else None


def _is_beside(name: str, path: Path, folders: tuple[Path, ...]) -> bool:
    if name.partition(".")[0] in _OURS or any(part in _INSTALLED for part in path.parts):
        return False
    return any(folder in path.parents for folder in folders)
