"""Builds an engine in a process of its own: a JSON order in, a JSON line out.

`python -m harness.backends.tensorrt_make`. A builder takes much memory, keeps some of it, and may
crash; the process that measures only loads what it left.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any, Final

from harness.backends.cuda_device import open_device
from harness.backends.cuda_driver import Opener
from harness.backends.tensorrt_api import TensorRT
from harness.backends.tensorrt_engine import make_engine
from harness.backends.tensorrt_flavour import FLAVOURS, Flavour, load_bindings
from harness.backends.tensorrt_order import Order
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.export.make import answers_only, die_with
from model_zoo.spec import ModelSpec

Job = Mapping[str, Any]

_MODULE: Final = "harness.backends.tensorrt_make"


def make_apart(
    artifact: Artifact, order: Order, device: str, *, python: str = sys.executable
) -> None:
    """Have a process of its own build the engine; `device` is what it times kernels on.

    Raises:
        PreparationError: it was not built; the reason is the builder's, or how its process ended.
    """
    job = {"artifact": record_of(artifact), "order": asdict(order), "device": device}
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module
        (python, "-P", "-m", _MODULE, "--parent", str(os.getpid())),
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    answer = _answer(done.stdout, done.returncode)
    if answer is not None:
        raise PreparationError(answer.code, answer.detail, answer.hint)


def _answer(text: str, status: int) -> Reason | None:
    """Read the line that the process left: None for an engine, else why there is none."""
    try:
        said = json.loads(text)["reason"]
        return said and Reason(**{**said, "code": ReasonCode(said["code"])})
    except (ValueError, KeyError, TypeError):
        ended = f"by signal {-status}" if status < 0 else f"with the status {status}"
        detail = f"the process that builds the engine ended {ended} and left no answer"
        return Reason(code=ReasonCode.PREPARATION_FAILED, detail=detail)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the job on standard input, and write one line; return 1 where it failed."""
    parser = argparse.ArgumentParser(prog=f"python -m {_MODULE}", description=__doc__)
    parser.add_argument("--parent", type=int, help="end when this process ends (Linux)")
    parent = parser.parse_args(arguments).parent
    if parent:
        die_with(parent)
    job = json.load(sys.stdin)
    with answers_only() as answers:
        reason = perform(job, load_bindings)
        print(json.dumps({"reason": reason and asdict(reason)}), file=answers)
    return 1 if reason else 0


def perform(
    job: Job, loader: Callable[[Flavour], TensorRT], open_library: Opener = ctypes.CDLL
) -> Reason | None:
    """Leave the engine in its folder; return why there is none."""
    order, artifact = _order(job["order"]), _artifact(job["artifact"])
    flavour = FLAVOURS[order.flavour]
    held = nullcontext() if flavour.ahead_of_time else open_device(job["device"], open_library)
    try:
        with held:
            make_engine(loader(flavour), artifact, order)
    except (PreparationError, Unavailable) as error:
        return error.reason
    except (OSError, MemoryError) as error:
        code = (
            ReasonCode.OUT_OF_MEMORY
            if isinstance(error, MemoryError)
            else ReasonCode.PREPARATION_FAILED
        )
        return Reason(code=code, detail=f"{type(error).__name__}: {error}")
    return None


def record_of(artifact: Artifact) -> dict[str, Any]:
    """Return an artifact as JSON can hold it."""
    return {**asdict(artifact), "spec": artifact.spec.as_record()}


def _artifact(record: Job) -> Artifact:
    return Artifact(**{**record, "spec": ModelSpec.from_record(record["spec"])})


def _order(record: Job) -> Order:
    return Order(**{**record, "options": tuple((name, value) for name, value in record["options"])})


if __name__ == "__main__":
    sys.exit(main())
