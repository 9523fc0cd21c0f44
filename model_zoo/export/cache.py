"""Artifacts by content: looked up without torch, made once, never half there."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from model_zoo.export.artifact import Artifact
from model_zoo.export.exporter import EXPORTERS, LAYOUT
from model_zoo.export.folder import make_folder, read_manifest
from model_zoo.export.precision import DTYPE_OF
from model_zoo.export.reference import Reference
from model_zoo.solve import parameter_count
from model_zoo.spec import ModelSpec
from model_zoo.variants.facts import Facts

_INTEGER_FORMS: Final = frozenset({("torch", "fp32"), ("onnx", "fp32")})
"""Formats, and precisions of all that is no integer, that keep integers."""
FORMATS: Final = tuple(name for name in EXPORTERS if name != "reference")


def default_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of `SCALECURVE_CACHE`, else the platform's place for caches."""
    chosen = environment.get("SCALECURVE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "scalecurve"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "scalecurve"
    standard = environment.get("XDG_CACHE_HOME")
    return (Path(standard) if standard else Path.home() / ".cache") / "scalecurve"


@dataclass(frozen=True, slots=True)
class ArtifactCache:
    """Artifacts and reference outputs in one folder; processes may share it."""

    root: Path

    def get(self, spec: ModelSpec, format: str, precision: str = "fp32") -> Artifact | None:  # noqa: A002 -- the word that the plan uses
        """Return an artifact that is there and whole; None where it must be made.

        Raises:
            ValueError: the format or precision is unknown.
        """
        folder = self._artifact_folder(spec, format, precision)
        manifest = read_manifest(folder)
        return None if manifest is None else _artifact(spec, folder, manifest)

    def make(self, spec: ModelSpec, format: str, precision: str = "fp32") -> Artifact:  # noqa: A002 -- the word that the plan uses
        """Return an artifact, making it where it is missing or broken; imports torch for that.

        Raises:
            ValueError: the format, precision, family or a size is unknown.
            OSError: the cache can't be written.
        """
        folder = self._artifact_folder(spec, format, precision)

        def write(aside: Path) -> Mapping[str, Any]:
            main = _writer(format)(spec, precision, aside)
            said = {"main": main, "format": format, "precision": precision}
            said = {**said, "parameter_count": parameter_count(spec), **_origin(spec, format)}
            return {**said, **_judged(spec, aside, said)} if spec.variant else said

        return _artifact(spec, folder, make_folder(folder, write))

    def reference(self, spec: ModelSpec, batch_size: int) -> Reference | None:
        """Return the reference outputs that are there and whole; None where they must be made."""
        folder = self._folder(spec, "reference", f"batch{batch_size}")
        manifest = read_manifest(folder)
        return None if manifest is None else _reference(spec, batch_size, folder, manifest)

    def make_reference(self, spec: ModelSpec, batch_size: int) -> Reference:
        """Return the reference outputs, computing them where they are missing; imports torch then.

        Raises:
            ValueError: the batch is empty, or the family or a size is unknown.
            OSError: the cache can't be written.
        """
        folder = self._folder(spec, "reference", f"batch{batch_size}")

        def write(aside: Path) -> Mapping[str, Any]:
            said = _writer("reference")(spec, batch_size, aside)
            return {**said, "batch_size": batch_size, **_origin(spec, "reference")}

        return _reference(spec, batch_size, folder, make_folder(folder, write))

    def _artifact_folder(self, spec: ModelSpec, form: str, precision: str) -> Path:
        if form not in FORMATS:
            raise ValueError(f"unknown format {form!r}; there are {', '.join(FORMATS)}")
        if precision not in DTYPE_OF:
            raise ValueError(f"unknown precision {precision!r}; there are {', '.join(DTYPE_OF)}")
        variant = spec.transform
        if variant is not None and variant.is_integer and (form, precision) not in _INTEGER_FORMS:
            raise ValueError(f"there is no {form} in {precision} of {variant.text}")
        return self._folder(spec, form, precision)

    def _folder(self, spec: ModelSpec, form: str, detail: str) -> Path:
        parameter_count(spec)  # an unknown family must not become part of a path
        exporter = EXPORTERS[form]
        key = [spec.digest, form, detail, exporter.name, exporter.version, LAYOUT]
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        return self.root / f"{spec.family}-{form}-{detail}-{digest}"


def _writer(form: str) -> Callable[..., Any]:
    """Import the function that writes a format."""
    module, _, function = EXPORTERS[form].location.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), function))


def _origin(spec: ModelSpec, form: str) -> dict[str, Any]:
    """Return what every manifest says of where its files come from."""
    exporter = EXPORTERS[form]
    return {
        "layout": LAYOUT,
        "spec": spec.as_record(),
        "spec_digest": spec.digest,
        "exporter": exporter.name,
        "exporter_version": exporter.version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _judged(spec: ModelSpec, aside: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is found out by running a variant; nothing where what runs it is missing."""
    from model_zoo.variants.judge import judge  # it imports torch

    try:
        facts = judge(_artifact(spec, aside, {**said, "files": {}, "sha256": ""}))
    except ImportError:
        return {}
    stored = facts.account.stored_parameters
    return {"facts": facts.as_record(), "parameter_count": stored}


def _artifact(spec: ModelSpec, folder: Path, manifest: Mapping[str, Any]) -> Artifact:
    return Artifact(
        spec=spec,
        format=manifest["format"],
        precision=manifest["precision"],
        folder=str(folder),
        main=manifest["main"],
        parameter_count=manifest["parameter_count"],
        bytes=sum(manifest["files"].values()),
        digest=manifest["sha256"],
        exporter=manifest["exporter"],
        exporter_version=manifest["exporter_version"],
        created=manifest["created"],
        facts=Facts.from_record(manifest["facts"]) if "facts" in manifest else None,
    )


def _reference(
    spec: ModelSpec, batch_size: int, folder: Path, manifest: Mapping[str, Any]
) -> Reference:
    return Reference(
        spec=spec,
        batch_size=batch_size,
        folder=str(folder),
        output_names=tuple(manifest["output_names"]),
        output_shapes=tuple(tuple(shape) for shape in manifest["output_shapes"]),
    )
