"""A spawned process for one task: for the memory pass, and where forking is not safe.

Started as `python -m harness.run.worker PARENT REPLY`; reads one request from standard input.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from harness.core.task import Task
from harness.core.wire import decode, encode
from harness.measure.trial import perform
from harness.run.answer import availability_of
from harness.run.lifeline import die_with_parent, write_output_to, write_whole


def main(parent: int, reply: Path) -> None:
    """Do one request and write its reply."""
    die_with_parent(parent)
    write_output_to(reply.with_suffix(".log"))
    request = json.loads(sys.stdin.buffer.read())
    if "target" in request:
        data = availability_of(request["target"])
    else:
        task = decode(json.dumps(request["task"]).encode(), Task)
        gc.disable()
        data = encode(perform(task))
    write_whole(reply, data)
    os._exit(0)  # a runtime that hangs while it is unloaded must not hold the reply back


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
