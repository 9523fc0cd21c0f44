"""Measuring the peaks of this machine in a process of its own, and keeping them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness.core.errors import Unavailable
from harness.core.peaks import Peaks
from harness.core.reason import ReasonCode
from harness.core.wire import decode
from harness.store.peaks import store_peaks, stored_peaks

_LIMIT_S: Final = 180.0
_SAID: Final = 400
"""Characters that are quoted of a failure's last line."""


def ensure_peaks(
    wanted: Iterable[tuple[str, int]], hard_keys: Mapping[str, str], folder: Path
) -> tuple[Peaks, ...]:
    """Return the peaks of this machine's devices; those that are not stored are measured first.

    Args:
        wanted: Devices, each with a number of threads.
        hard_keys: Of this machine.
        folder: Where they are kept.

    Raises:
        Unavailable: a device cannot be measured here.
        StoreError: the folder cannot be written.
    """
    known = {(one.device, one.threads): one for one in stored_peaks([folder], hard_keys)}
    for device, threads in wanted:
        if (device, threads) not in known:
            peaks = measure_peaks(device, threads, hard_keys)
            store_peaks(folder, peaks)
            known[device, threads] = peaks
    return tuple(known.values())


def measure_peaks(
    device: str, threads: int, hard_keys: Mapping[str, str], limit_s: float = _LIMIT_S
) -> Peaks:
    """Measure one device in a fresh process, in a few seconds.

    Raises:
        Unavailable: the process failed; what it said last is in the message.
    """
    number = str(threads)
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    command = [sys.executable, "-P", "-m", "harness.measure.peaks_torch", device, number]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command,
            env={**os.environ, **dict.fromkeys(limits, number)},
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=limit_s,
        )
        peaks = decode(done.stdout.splitlines()[-1], Peaks)
    except subprocess.CalledProcessError as error:
        raise Unavailable(ReasonCode.WORKER_ERROR, _last_line(error.stderr)) from error
    except subprocess.TimeoutExpired as error:
        code, detail = ReasonCode.WORKER_TIMED_OUT, f"no peaks of {device} in {limit_s:g} s"
        raise Unavailable(code, detail) from error
    except (IndexError, ValueError) as error:
        raise Unavailable(ReasonCode.WORKER_ERROR, f"not understood: {error}") from error
    measured_at = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(peaks, hard_keys=dict(hard_keys), measured_at=measured_at)


def _last_line(said: bytes) -> str:
    r"""Return the last line of what a process said.

    >>> _last_line(b"Traceback\nRuntimeError: no device\n")
    'RuntimeError: no device'
    """
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:_SAID] if lines else "the process said nothing"
