"""Makes artifacts in a process of its own: jobs as a JSON list in, one JSON line a job out.

`python -m model_zoo.export.make --cache DIR`, so that whoever wants artifacts never imports torch.
A job is `{"spec": ..., "format": ..., "precision": ...}` or `{"spec": ..., "reference": 8}`. Of a
network of the user's own the first also has `"facts"`: the folder that the second answered with.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TextIO

from model_zoo.export.cache import ArtifactCache, default_root
from model_zoo.own import is_own
from model_zoo.own.cache import do_job
from model_zoo.spec import ModelSpec

_PR_SET_PDEATHSIG: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the jobs on standard input; return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m model_zoo.export.make", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_root(), help="folder of artifacts")
    parser.add_argument("--parent", type=int, help="end when this process ends (Linux)")
    asked = parser.parse_args(arguments)
    if asked.parent:
        die_with(asked.parent)
    cache = ArtifactCache(asked.cache)
    jobs = json.load(sys.stdin)
    with answers_only() as answers:
        return 1 if sum([not _done(cache, job, answers) for job in jobs]) else 0


def die_with(parent: int) -> None:
    """End this process when its parent ends; what is half made is in a temporary folder.

    Source: prctl(2), PR_SET_PDEATHSIG; the parent may be gone before the call.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def answers_only() -> TextIO:
    """Return standard output, and turn what others print there, in C too, to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout.flush()
    os.dup2(2, 1)
    return answers


def _done(cache: ArtifactCache, job: Mapping[str, Any], answers: TextIO) -> bool:
    """Do one job and write its line; return whether it went well."""
    start = perf_counter()
    answer: dict[str, Any]
    try:
        answer = {"ok": True, **_made(cache, job)}
    except Exception as error:  # noqa: BLE001 -- the process boundary: the caller gets the reason
        text = f"{type(error).__name__}: {error}"
        answer = {"ok": False, "error": text, "kind": type(error).__name__}
        answer["traceback"] = traceback.format_exc()
    answer = {"job": job, **answer, "seconds": perf_counter() - start}
    print(json.dumps(answer), file=answers, flush=True)
    gc.collect()  # exporters leave cycles that hold weights
    return bool(answer["ok"])


def _made(cache: ArtifactCache, job: Mapping[str, Any]) -> dict[str, str]:
    spec = ModelSpec.from_record(job["spec"])
    if is_own(spec):
        folder = do_job(cache.root, spec, job)
        return {"folder": folder, "path": folder}
    if "reference" in job:
        reference = cache.make_reference(spec, int(job["reference"]))
        return {"folder": reference.folder, "path": reference.folder}
    artifact = cache.make(spec, job["format"], job.get("precision", "fp32"))
    return {"folder": artifact.folder, "path": str(artifact.path)}


if __name__ == "__main__":
    sys.exit(main())
