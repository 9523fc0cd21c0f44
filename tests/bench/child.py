"""Fresh processes: what they are asked, and the one JSON line that they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Importing numpy or a runtime makes no pool of threads."""


def ask(module: str, *arguments: object, one_thread: bool = True) -> Any:
    """Run `python -m tests.bench.<module>`; return the last line that it prints, decoded.

    Raises:
        RuntimeError: it ended with an error; what it said last is in the message.
    """
    process = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)],
        env={**os.environ, **(ONE_THREAD if one_thread else {})},
        capture_output=True,
        check=False,
    )
    if process.returncode:
        said = process.stderr.decode(errors="replace")[-2_000:]
        raise RuntimeError(f"{module} ended with status {process.returncode}: {said}")
    return json.loads(process.stdout.splitlines()[-1])


def answer(value: object) -> None:
    """Print what `ask` reads."""
    print(json.dumps(value), flush=True)


def forked(work: Callable[[], Any]) -> Any:
    """Do work in a fork of this process, which must have one thread; return its result.

    Raises:
        RuntimeError: the fork ended without a result; its traceback is on standard error.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(json.dumps(work()).encode())
            status = 0
        except BaseException:  # noqa: BLE001 - the process boundary: a fork must not go on as its parent
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"a fork ended with status {os.waitstatus_to_exitcode(status)}")
    return json.loads(data)
