"""One round's measuring processes: a fork server a runtime, renewed every round."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.backends.registry import entry
from harness.core.case import Target
from harness.core.errors import WorkerDied
from harness.core.reason import Reason
from harness.run.answer import read_availability
from harness.run.interpreter import OWN, Interpreter
from harness.run.processes import Asker, ForkServer, Spawner

_ASK_LIMIT_S = 120.0


@dataclass(slots=True)
class Pool:
    """Servers by runtime; a server that died is replaced when it is next needed."""

    folder: Path
    interpreter: Interpreter = OWN
    askers: dict[str, Asker] = field(default_factory=dict)

    def launch(self, backends: Iterable[str]) -> None:
        """Start the servers that these backends need side by side, and wait for none."""
        for backend in backends:
            self._asker(backend)

    def start(self, backends: Iterable[str]) -> None:
        """Start the servers that these backends need side by side, and wait for all.

        One that dies while it imports its runtime is dropped: whoever asks it is told why.
        """
        self.launch(backends)
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
        self.begin(backend, request)
        return self.collect(backend, limit_s)

    def begin(self, backend: str, request: Mapping[str, Any]) -> None:
        """Have a request begun in a fresh process of that backend's runtime.

        Raises:
            WorkerDied: its server is gone.
        """
        with self._dropping(backend):
            self._asker(backend).begin(request)

    def collect(self, backend: str, limit_s: float) -> bytes:
        """Wait for the request that was begun, and return the reply.

        Raises:
            WorkerDied: it ended without an answer.
        """
        with self._dropping(backend):
            return self._asker(backend).collect(limit_s)

    def watch(self, backend: str) -> int | None:
        """Return what can be read once the request has ended; None where that is so already."""
        return self._asker(backend).watch()

    @contextmanager
    def _dropping(self, backend: str) -> Iterator[None]:
        """End a server of which a process died: the next one is new."""
        try:
            yield
        except WorkerDied:
            self.askers.pop(entry(backend).runtime).close()
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
                ForkServer(known.runtime, folder, self.interpreter)
                if forks
                else Spawner(folder, self.interpreter)
            )
        return self.askers[known.runtime]
