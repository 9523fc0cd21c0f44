"""A network on disk, ready for a runtime to load. Imports the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model_zoo.spec import ModelSpec
from model_zoo.variants.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One network in one format and precision, with what its manifest says."""

    spec: ModelSpec
    format: str
    """`torch`, `torchscript` or `onnx`."""
    precision: str
    folder: str
    """Folder that holds every file of the artifact; text, so that it crosses a pipe."""
    main: str
    """Name of the file that a runtime opens."""
    parameter_count: int
    bytes: int
    """Size of all its files but the manifest."""
    digest: str
    """SHA-256 over all its files but the manifest."""
    exporter: str
    exporter_version: str
    created: str = ""
    """When it was made, ISO 8601 in UTC."""
    facts: Facts | None = None
    """Of a variant: what it holds, and how near it is to the plain network; None where the latter
    could not be run here."""

    @property
    def path(self) -> Path:
        """Where the main file is."""
        return Path(self.folder) / self.main


def no_file(spec: ModelSpec, precision: str = "fp32") -> Artifact:
    """Stand in for a file where a runtime needs none."""
    return Artifact(
        spec=spec,
        format="",
        precision=precision,
        folder="",
        main="",
        parameter_count=0,
        bytes=0,
        digest="",
        exporter="",
        exporter_version="",
    )
