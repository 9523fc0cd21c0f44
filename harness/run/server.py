"""A fork server: imports one runtime, then forks a fresh process for each trial.

Started as `python -m harness.run.server RUNTIME PARENT`; reads one request a line from standard
input and answers with one JSON line each when the forked process has ended. It needs the standard
library, numpy and the runtime only, starts no thread, and never touches a device itself.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from harness.backends.registry import BACKENDS, load
from harness.core.errors import Unavailable
from harness.measure.probe import Prober, scattered_lines
from harness.run.answer import answer
from harness.run.lifeline import die_with_parent, write_output_to, write_whole

_FAILED: Final = 70


def main(runtime: str, parent: int) -> None:
    """Serve until standard input closes."""
    die_with_parent(parent)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    missing = _preload(runtime)
    lines = scattered_lines()
    gc.collect()
    gc.freeze()
    _answer(answers, {"ready": True, "missing": missing})
    server = os.getpid()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _serve(json.loads(line), lines, server)
        _answer(answers, {"pid": child})
        _, status = os.waitpid(child, 0)
        _answer(answers, {"ended": os.waitstatus_to_exitcode(status)})
    os._exit(0)  # a runtime's own clean-up takes longer than a trial


def _preload(runtime: str) -> str:
    """Import what this runtime's backends need; say what is missing, which is no failure here."""
    for name, entry in BACKENDS.items():
        if entry.runtime == runtime:
            try:
                load(name).preload()
            except Unavailable as error:
                return str(error)
    return ""


def _answer(answers: Any, message: dict[str, object]) -> None:  # noqa: ANN401 - a text stream
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _serve(
    request: dict[str, Any],
    lines: Any,  # noqa: ANN401 - arrays of the probe
    server: int,
) -> None:
    """Do what is asked in this fork, write the reply, and leave without cleaning up."""
    reply = Path(request["reply"])
    try:
        die_with_parent(server)
        write_output_to(reply.with_suffix(".log"))
        write_whole(reply, answer(request, Prober(lines)))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 - the process boundary: the controller reads the log
        traceback.print_exc()
    finally:
        os._exit(0 if reply.exists() else _FAILED)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
