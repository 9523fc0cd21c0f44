"""One round's measuring processes: a fork server a runtime, renewed every round."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.backends.registry import entry
from harness.core.case import Target
from harness.core.errors import WorkerDied
from harness.core.reason import Reason
from harness.run.answer import read_availability
from harness.run.processes import Asker, ForkServer, Spawner

_ASK_LIMIT_S = 120.0


@dataclass(slots=True)
class Pool:
    """Servers by runtime; a server that died is replaced when it is next needed."""

    folder: Path
    askers: dict[str, Asker] = field(default_factory=dict)

    def start(self, backends: Iterable[str]) -> None:
        """Start the servers that these backends need side by side, and wait for all.

        One that dies while it imports its runtime is dropped: whoever asks it is told why.
        """
        for backend in backends:
            self._asker(backend)
        for runtime, asker in list(self.askers.items()):
            if isinstance(asker, ForkServer):
                try:
                    asker.wait_until_ready()
                except WorkerDied:
                    asker.close()
                    del self.askers[runtime]

    def ask(self, backend: str, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Have a request done in a fresh process of that backend's runtime.

        Raises:
            WorkerDied: it ended without an answer.
        """
        asker = self._asker(backend)
        try:
            return asker.ask(request, limit_s)
        except WorkerDied:
            asker.close()
            del self.askers[entry(backend).runtime]
            raise

    def availability(self, target: Target) -> Reason | None:
        """Ask whether a target can be served here; None where it can."""
        try:
            data = self.ask(target.backend, {"target": asdict(target)}, _ASK_LIMIT_S)
        except WorkerDied as error:
            return error.reason
        return read_availability(data)

    def close(self) -> None:
        """End every server."""
        for asker in self.askers.values():
            asker.close()
        self.askers.clear()

    def _asker(self, backend: str) -> Asker:
        known = entry(backend)
        if known.runtime not in self.askers:
            folder = self.folder / known.runtime
            folder.mkdir(parents=True, exist_ok=True)
            forks = known.forkable and hasattr(os, "fork") and sys.platform == "linux"
            self.askers[known.runtime] = (
                ForkServer(known.runtime, folder) if forks else Spawner(folder)
            )
        return self.askers[known.runtime]
