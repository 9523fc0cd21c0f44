"""A spawned process for one task: for the memory pass, and where forking is not safe.

Started as `python -m harness.run.worker PARENT REPLY`; reads one request from standard input.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from harness.run.answer import answer
from harness.run.lifeline import die_with_parent, write_output_to, write_whole


def main(parent: int, reply: Path) -> None:
    """Do one request and write its reply."""
    die_with_parent(parent)
    write_output_to(reply.with_suffix(".log"))
    write_whole(reply, answer(json.loads(sys.stdin.buffer.read())))
    os._exit(0)  # a runtime that hangs while it is unloaded must not hold the reply back


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
