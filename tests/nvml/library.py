"""Builds the stand-in with the system's compiler, and runs Python with it in NVML's place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from tests.nvml.behaviour import Behaviour

HERE: Final = Path(__file__).parent
LIBRARY: Final = "libnvidia-ml.so.1"
CUDA: Final = "libcuda.so.1"
VARIABLE: Final = "NVML_STANDIN"
_LIMIT_S: Final = 120


def compiler() -> str:
    """Return the C compiler; skip the test where there is none."""
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None or sys.platform != "linux":
        pytest.skip("the stand-in for NVML needs Linux and a C compiler")
    return found


def build(folder: Path, missing: Sequence[str] = ()) -> Path:
    """Build NVML without some functions, and CUDA's driver; return the folder they lie in."""
    folder.mkdir(parents=True, exist_ok=True)
    _compile(folder / CUDA, HERE / "cuda.c")
    hidden = "".join(f" {name};" for name in missing)
    script = folder / "exports.map"
    script.write_text(f"{{ global: *;{f' local:{hidden}' if hidden else ''} }};\n")
    _compile(folder / LIBRARY, HERE / "standin.c", f"-Wl,--version-script={script}")
    return folder


def _compile(library: Path, source: Path, *flags: str) -> None:
    strict = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror")
    subprocess.run(
        [compiler(), *strict, "-shared", "-fPIC", *flags, "-o", str(library), str(source)],
        check=True,
        timeout=_LIMIT_S,
    )


def layout(folder: Path, include: Path | None = None) -> dict[str, int]:
    """Compile `layout.c` and return what it prints: of NVIDIA's header where one is given."""
    program = folder / ("layout-real" if include else "layout")
    flags = ["-DREAL", f"-I{include}"] if include else [f"-I{HERE}"]
    subprocess.run(
        [compiler(), "-std=gnu11", *flags, "-o", str(program), str(HERE / "layout.c")],
        check=True,
        timeout=_LIMIT_S,
    )
    done = subprocess.run([str(program)], check=True, capture_output=True, timeout=_LIMIT_S)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def environment(folder: Path, path: Path) -> dict[str, str]:
    """Return the environment in which NVML is the stand-in, behaving as the file says."""
    return {**os.environ, "LD_LIBRARY_PATH": str(folder), VARIABLE: str(path)}


def ask(folder: Path, behaviours: Sequence[Behaviour], *arguments: str) -> list[Any]:
    """Run `tests.nvml.answers` once for all behaviours; return what it found, one after another."""
    path = folder / "behaviours.json"
    path.write_text(json.dumps([asdict(one) for one in behaviours]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.nvml.answers", str(path), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
        env=environment(folder, folder / "behaviour.json"),
        timeout=_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found
