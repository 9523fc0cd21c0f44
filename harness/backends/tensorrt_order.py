"""What an engine depends on: equal orders give engines that serve for each other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

LAYOUT: Final = 1
"""Of what is stored beside an engine; raised when that changes."""
_DIGITS: Final = 16
_LARGEST_BATCH: Final = 64
"""Largest batch of an engine with a dynamic one, where the case itself does not ask for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One engine: of which network, by which library, for which GPU, how."""

    flavour: str
    version: str
    """Of the library; another version cannot read the engine."""
    artifact_digest: str
    precision: str
    sm: int
    """Compute capability: 89 for 8.9."""
    gpu: str = ""
    """Name of the GPU on which kernels were timed; empty where they were not."""
    batch_size: int
    options: tuple[tuple[str, str], ...] = ()
    """Sorted name-value pairs, every one that the engine depends on."""

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ where anything above does."""
        return _digest({**asdict(self), "layout": LAYOUT})

    @property
    def kernels_digest(self) -> str:
        """Digest of what the time of a kernel depends on, whichever the network."""
        return _digest([self.flavour, self.version, self.sm, self.gpu])

    @property
    def is_dynamic(self) -> bool:
        """Whether the engine serves several batch sizes."""
        return self.option("batch") == "dynamic"

    @property
    def largest_batch(self) -> int:
        """The largest batch size that it serves."""
        return max(self.batch_size, _LARGEST_BATCH) if self.is_dynamic else self.batch_size

    def option(self, name: str) -> str:
        """Return the value of an option; empty where this engine does not depend on it."""
        return dict(self.options).get(name, "")


def _digest(content: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGITS]
