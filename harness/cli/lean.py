"""What every command that reads many samples does before anything else."""

from __future__ import annotations

import gc
import os


def start_lean() -> None:
    """Keep numpy from starting threads, and the collector from running: both take longer than this.

    A pool of one thread a core takes 50 ms.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # it would look through every sample again and again, and find nothing
