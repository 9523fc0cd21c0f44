"""The two interpreters of an A/B run: found, checked and described before anything is measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import harness
from harness.core.case import Target
from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Environment
from harness.core.trial import Side
from harness.environment.host import Host
from harness.environment.source import describe_source
from harness.run.interpreter import Interpreter
from harness.run.start import unavailable
from model_zoo.own.locate import PATHS_VARIABLE

OLDEST: Final = (3, 11)
"""Python that the measuring processes need."""
_LIMIT_S: Final = 120.0
_TAIL: Final = 500
_CODE: Final = ("harness", "model_zoo", "scalecurve.py")
"""What measuring processes need of this installation, beside numpy and the runtime."""
_IN_CHECKOUTS: Final = (".venv", "venv")
"""Folders of a checkout that hold its virtual environment."""
_INSIDE: Final = ("bin/python", *(f"{name}/bin/python" for name in _IN_CHECKOUTS))
"""Where the interpreter is in the folder of a virtual environment, or of a checkout."""
_VERSION: Final = "import sys; print(*sys.version_info[:2])"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """One side: its interpreter, and what that says of itself."""

    side: Side
    interpreter: Interpreter
    python: str
    versions: Mapping[str, str]
    has_numpy: bool

    def describe(self, machine: Environment) -> Environment:
        """Describe the machine with this side's software instead of ours.

        The harness's own version is this installation's: its code measures both sides.
        """
        own = {
            name: version
            for name, version in machine.versions.items()
            if name in {"scalecurve", "nvidia-driver"}
        }
        folder = Path(self.interpreter.executable).parent
        return replace(
            machine,
            system={
                **machine.system,
                "python": self.python,
                "executable": self.interpreter.executable,
            },
            versions=dict(sorted({**self.versions, **own}.items())),
            source=describe_source(Host(), folder),
        )

    def unavailable(self, targets: set[Target], folder: Path) -> dict[Target, Reason]:
        """Say of each target that this side cannot serve why, and that it is this side."""
        if not self.has_numpy:
            reason = Reason(
                code=ReasonCode.BACKEND_NOT_INSTALLED,
                detail=f"{self.side}: {self.interpreter.executable} has no numpy",
                hint=f"{self.interpreter.executable} -m pip install numpy",
            )
            return dict.fromkeys(targets, reason)
        found = unavailable(targets, folder / str(self.side), self.interpreter)
        return {target: of_side(self.side, reason) for target, reason in found.items()}


def of_side(side: Side, reason: Reason) -> Reason:
    """Name the side in a reason."""
    return replace(reason, detail=f"{side}: {reason.detail}")


def link_code(folder: Path) -> str:
    """Make a folder that holds this installation's code and nothing else of it; return its path.

    Its whole site-packages on the path of both sides would give both the same runtime.
    """
    root = Path(harness.__file__).resolve().parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in _CODE:
        (folder / name).symlink_to(root / name)
    return str(folder)


def examine(side: Side, named: str, code: str, packages: Sequence[str] = ()) -> SideFacts:
    """Find an interpreter and ask it what it is.

    Args:
        side: Which it is for.
        named: A file, a command on the path, or the folder of a virtual environment or checkout.
        code: Folder of this installation's code.
        packages: That the user's own networks are imported from.

    Raises:
        UsageError: there is none, it is no Python, or too old.
    """
    executable = _find(side, named)
    version = _ask(side, executable, ["-c", _VERSION], dict(os.environ)).split()
    try:
        found = tuple(map(int, version))
    except ValueError:
        raise UsageError(f"--{side}: {executable} is no Python: it printed {version}") from None
    if found < OLDEST:
        raise UsageError(
            f"--{side}: {executable} is Python {'.'.join(version)}; "
            f"expected {'.'.join(map(str, OLDEST))} or later"
        )
    interpreter = Interpreter(executable=executable, path=code)
    arguments = ["-P", "-m", "harness.run.ab_facts", *packages]
    text = _ask(side, executable, arguments, interpreter.environment())
    facts: dict[str, Any] = json.loads(text)
    has_all = set(packages) <= set(facts["has"])
    imports = _imports(executable, code, packages, has_all=has_all)
    return SideFacts(
        side=side,
        interpreter=replace(interpreter, imports=imports),
        python=facts["python"],
        versions=facts["versions"],
        has_numpy="numpy" in facts["has"],
    )


def _imports(executable: str, code: str, packages: Sequence[str], *, has_all: bool) -> str:
    """Choose the folders that come first when a side imports the user's own networks.

    Each side should import its own copy: the checkout around its virtual environment, else what is
    installed. The current folder, which gives both sides the same, is used only where there is
    neither. What the user set is left alone.
    """
    if os.environ.get(PATHS_VARIABLE) or not packages:
        return ""
    home = Path(executable).parent.parent
    around = (home.parent / "src", home.parent) if home.name in _IN_CHECKOUTS else ()
    folders = [str(folder) for folder in around if _holds(folder, packages)]
    return os.pathsep.join(folders) or (code if has_all else "")


def _holds(folder: Path, packages: Sequence[str]) -> bool:
    """Whether one of these packages or modules lies in a folder."""
    return any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in packages)


def _find(side: Side, named: str) -> str:
    """Return the path of an interpreter; links stay, since they tell a virtual environment."""
    path = Path(named)
    if path.is_dir():
        inside = [path / part for part in _INSIDE if (path / part).is_file()]
        if not inside:
            raise UsageError(f"--{side}: no Python in {named}; expected {' or '.join(_INSIDE)}")
        path = inside[0]
    program = shutil.which(path)
    if program is None:
        raise UsageError(f"--{side}: no interpreter {named!r}; expected the path of a Python")
    return str(Path(program).absolute())


def _ask(side: Side, executable: str, arguments: list[str], environment: dict[str, str]) -> str:
    """Return what an interpreter prints.

    Raises:
        UsageError: it cannot be started, fails, or takes too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user named it to be run
            [executable, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--{side}: {executable} cannot be run: {error}") from None
    if done.returncode:
        said = done.stderr[-_TAIL:].decode(errors="replace").strip()
        raise UsageError(
            f"--{side}: {executable} is no Python that can run this harness: "
            f"exit status {done.returncode}: {said}"
        )
    return done.stdout.decode(errors="replace")
