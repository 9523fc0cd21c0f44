"""What is made of the user's networks, by content: their code and weights may change at any time.

Looked up without torch; making imports it, and the user's module.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from model_zoo.export.artifact import Artifact
from model_zoo.export.exporter import EXPORTERS, LAYOUT
from model_zoo.export.folder import make_folder, read_manifest
from model_zoo.own import is_file
from model_zoo.own.facts import OwnFacts, facts_of, read_facts
from model_zoo.own.locate import import_paths, sources_digest
from model_zoo.spec import ModelSpec

if TYPE_CHECKING:
    from model_zoo.own.file_facts import Found

FACTORY: Final = "factory"
"""Format of an artifact that has no file: the worker calls the factory itself."""


@dataclass(frozen=True, slots=True)
class OwnCache:
    """Facts, references and exported files in one folder; processes may share it."""

    root: Path

    def make_facts(self, spec: ModelSpec, batch_size: int) -> OwnFacts:
        """Call the factory; return what is known of its network, running it where that is new.

        Raises:
            NoSuchFactory: there is no such factory.
            BadFactory: it does not give a network and its inputs.
            OSError: the cache can't be written.
        """
        if is_file(spec):
            return self._file_facts(spec, batch_size)
        from model_zoo.own.network import content_digest, make_network
        from model_zoo.own.reference import write_reference

        network = make_network(spec)
        sources = sources_digest(spec.preset, import_paths())
        identity = _digest([sources, content_digest(network)])
        folder = self._folder(spec, identity, "reference", f"batch{batch_size}")

        def write(aside: Path) -> Mapping[str, Any]:
            found = write_reference(network, spec, batch_size, aside)
            facts = {**found, "identity": identity}
            return {"spec": spec.as_record(), "facts": facts, **_origin("reference")}

        return facts_of(folder, make_folder(folder, write))

    def _file_facts(self, spec: ModelSpec, batch_size: int) -> OwnFacts:
        """Read a file; return what is known of its network, running it where that is new.

        Raises:
            BadFile: it is not what it should be, or no runtime here takes it.
            OSError: the cache can't be written.
        """
        from model_zoo.own.file_facts import write_found
        from model_zoo.own.files import ONNX, path_of, require_file

        require_file(path_of(spec))
        find: Callable[[Path], Found]
        if spec.family == ONNX:
            from model_zoo.own.onnx_file import read_onnx
            from model_zoo.own.onnx_found import find_onnx

            file = read_onnx(path_of(spec))
            identity = _digest([file.digest])
            find = partial(find_onnx, file, spec, batch_size)
        else:
            from model_zoo.own.torchscript_found import digest_of, find_torchscript

            identity = _digest([digest_of(path_of(spec))])
            find = partial(find_torchscript, spec, batch_size)
        folder = self._folder(spec, identity, "reference", f"batch{batch_size}")

        def write(aside: Path) -> Mapping[str, Any]:
            facts = write_found(find(aside), batch_size, identity, aside)
            return {"spec": spec.as_record(), "facts": facts, **_origin("reference")}

        return facts_of(folder, make_folder(folder, write))

    def artifact(self, facts: OwnFacts, form: str, precision: str) -> Artifact | None:
        """Return an exported file that is there and whole; None where it must be made."""
        folder = self._artifact_folder(facts, form, precision)
        manifest = read_manifest(folder)
        return None if manifest is None else _artifact(facts, folder, manifest)

    def make_artifact(self, facts: OwnFacts, form: str, precision: str) -> Artifact:
        """Return an exported file, making it where it is missing.

        Raises:
            WeightsDiffer: the factory makes another network than the one of the facts.
            OSError: the cache can't be written.
        """
        from model_zoo.own.export import write as export

        folder = self._artifact_folder(facts, form, precision)

        def write(aside: Path) -> Mapping[str, Any]:
            main = export(facts, form, precision, aside)
            return {"main": main, "format": form, "precision": precision, **_origin(form)}

        return _artifact(facts, folder, make_folder(folder, write))

    def _artifact_folder(self, facts: OwnFacts, form: str, precision: str) -> Path:
        detail = f"batch{facts.batch_size}-{precision}"
        return self._folder(facts.spec, facts.identity, form, detail)

    def _folder(self, spec: ModelSpec, identity: str, form: str, detail: str) -> Path:
        exporter = EXPORTERS[form]
        origin = [exporter.name, exporter.version, _sources(), LAYOUT]
        return self.root / f"own-{form}-{detail}-{_digest([spec.digest, identity, form, *origin])}"


def do_job(root: Path, spec: ModelSpec, job: Mapping[str, Any]) -> str:
    """Do a job of the maker of artifacts; return the folder that came of it.

    Raises:
        ValueError: the factory is not there, or does not give what it should.
        OSError: the cache can't be written, or the facts are gone.
    """
    cache = OwnCache(root)
    if "reference" in job:
        return cache.make_facts(spec, int(job["reference"])).folder
    facts = read_facts(Path(job["facts"]))
    if facts is None:
        raise OSError(f"no whole reference in {job['facts']}")
    return cache.make_artifact(facts, job["format"], job["precision"]).folder


def factory_artifact(facts: OwnFacts, precision: str) -> Artifact:
    """Return what an eager worker starts from: the facts' folder, and no file of weights."""
    return Artifact(
        spec=facts.spec,
        format=FACTORY,
        precision=precision,
        folder=facts.folder,
        main="",
        parameter_count=facts.parameter_count,
        bytes=0,
        digest=facts.identity,
        exporter=FACTORY,
        exporter_version="",
    )


def file_artifact(facts: OwnFacts) -> Artifact:
    """Return the copy of a user's file, its axes bound, that a worker starts from."""
    path = Path(facts.folder) / facts.main
    files = [one for one in path.parent.iterdir() if one.name.startswith(facts.main)]
    return Artifact(
        spec=facts.spec,
        format=facts.spec.family,
        precision=facts.precision,
        folder=facts.folder,
        main=facts.main,
        parameter_count=facts.parameter_count,
        bytes=sum(one.stat().st_size for one in files),
        digest=facts.identity,
        exporter="",
        exporter_version="",
    )


def _artifact(facts: OwnFacts, folder: Path, manifest: Mapping[str, Any]) -> Artifact:
    return Artifact(
        spec=facts.spec,
        format=manifest["format"],
        precision=manifest["precision"],
        folder=str(folder),
        main=manifest["main"],
        parameter_count=facts.parameter_count,
        bytes=sum(manifest["files"].values()),
        digest=manifest["sha256"],
        exporter=manifest["exporter"],
        exporter_version=manifest["exporter_version"],
        created=manifest["created"],
    )


def _origin(form: str) -> dict[str, Any]:
    exporter = EXPORTERS[form]
    return {
        "layout": LAYOUT,
        "exporter": exporter.name,
        "exporter_version": exporter.version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@cache
def _sources() -> str:
    """Return a digest of this package: how it draws inputs and exports decides the files."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
