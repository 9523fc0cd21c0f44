"""What a worker is given besides its case: files, and what must be known of the network."""

from __future__ import annotations

from dataclasses import dataclass

from harness.run.fit import Needs
from model_zoo.export.artifact import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a case's worker loads from disk."""

    artifact: Artifact
    reference: str
    """Folder of the fp64 outputs; empty where the backend makes its own."""
    needs: Needs
