"""Zoo networks trained and scored: every network on every fold, each on disk once it ends."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from harness.core.errors import UsageError
from harness.core.quality import QUALITY_VERSION, Network, QualityHeader, QualityRun, Scored
from harness.environment.describe import describe
from harness.run.expand import expand
from harness.run.plan import Plan
from harness.run.session import Listener
from harness.store.quality import QualityWriter
from model_zoo.solve import parameter_count
from model_zoo.spec import ModelSpec
from model_zoo.train.recipe import Recipe
from model_zoo.train.shape import facts

if TYPE_CHECKING:
    from model_zoo.train.data import Dataset, Fold
    from model_zoo.train.loop import Learner

_INSTALL: Final = "python -m pip install 'scalecurve[quality]'"


def begin(plan: Plan, command: Sequence[str], out: Path, listener: Listener) -> Path:
    """Train and score the networks of a plan; return the path of their file.

    Raises:
        UsageError: the plan names no data set, or something that does not exist, or scikit-learn
            is not installed.
        StoreError: the file cannot be written.
    """
    header = make_header(plan, command)
    data = _load(plan.data)
    with QualityWriter.create(out, header) as writer:
        _train(header, data, writer, listener)
        return writer.path


def resume(path: Path, listener: Listener) -> Path:
    """Train and score what a file does not have yet; return its path.

    Raises:
        UsageError: scikit-learn is not installed.
        StoreError: it is no such file, or cannot be written.
    """
    writer, run = QualityWriter.resume(path)
    with writer:
        _train(run.header, _load(run.header.data), writer, listener, run)
    return path


def make_header(plan: Plan, command: Sequence[str]) -> QualityHeader:
    """Say what is to be trained.

    Raises:
        UsageError: the plan names no data set, or something that does not exist.
    """
    if not plan.data:
        raise UsageError("a plan of quality needs data, for example --data digits")
    networks = networks_of(plan)
    known = facts(plan.data)
    return QualityHeader(
        schema_version=QUALITY_VERSION,
        quality_id=uuid.uuid4().hex,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=tuple(command),
        plan=asdict(plan),
        data=plan.data,
        items=known.items,
        classes=known.classes,
        folds=plan.folds,
        recipe=Recipe(epochs=plan.epochs, seed=plan.seed),
        threads=plan.threads[0],
        environment=describe(),
        networks=networks,
    )


def networks_of(plan: Plan) -> tuple[Network, ...]:
    """Return the networks of a plan, each once: a plain one, then its variants.

    A variant is made of the trained plain network, so that this is there as well.

    Raises:
        UsageError: the plan names something that does not exist, or a network of the user's own.
    """
    if plan.module or plan.preset:
        raise UsageError("quality trains the zoo's solved sizes; give no preset and no module")
    first = replace(plan, backend=plan.backend[:1], threads=(1,), batch_size=(1,), control=False)
    found: dict[str, list[Network]] = {}
    for case in expand(first):
        plain = replace(case.model, variant="")
        group = found.setdefault(plain.digest, [_network(plain, case.nominal)])
        if case.model.variant:
            group.append(_network(case.model, case.nominal))
    return tuple(network for group in found.values() for network in group)


def _network(spec: ModelSpec, nominal: int) -> Network:
    count = parameter_count(replace(spec, variant=""))
    return Network(spec=spec, parameter_count=count, nominal=nominal)


def _load(name: str) -> Dataset:
    from model_zoo.train.data import load

    try:
        return load(name)
    except ModuleNotFoundError as error:
        raise UsageError(f"quality needs scikit-learn, for its data sets: {_INSTALL}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One training, and whatever is to be scored after it."""

    network: Network
    """Plain."""
    wanted: tuple[Network, ...]
    """Of it and its variants, those that have no score yet; one at least."""
    number: int
    fold: Fold


def _train(
    header: QualityHeader,
    data: Dataset,
    writer: QualityWriter,
    listener: Listener,
    before: QualityRun | None = None,
) -> None:
    """Take every job that is not done, in the order of the header, fold by fold."""
    done = {(one.digest, one.fold) for one in before.scored} if before else set()
    jobs = tuple(_jobs(header, data, done))
    finished = len(done)
    listener.expect(len(header.networks) * header.folds)
    start_s = perf_counter()
    with _threads(header.threads):
        for place, job in enumerate(jobs):
            spent = perf_counter() - start_s
            left = spent / place * (len(jobs) - place) if place else None
            listener.step(_label(job), finished, left)
            for scored in _scored(job, data, header.recipe):
                writer.write(scored)
            finished += len(job.wanted)
    listener.step("", finished, 0.0)


def _jobs(
    header: QualityHeader, data: Dataset, done: AbstractSet[tuple[str, int]]
) -> Iterator[_Job]:
    from model_zoo.train.data import folds

    groups: dict[ModelSpec, list[Network]] = {}
    for network in header.networks:
        groups.setdefault(replace(network.spec, variant=""), []).append(network)
    try:
        divisions = list(folds(data, header.folds, header.recipe.seed))
    except ValueError as error:
        raise UsageError(f"folds: {error}") from None
    for number, fold in enumerate(divisions):
        for group in groups.values():
            wanted = tuple(one for one in group if (one.spec.digest, number) not in done)
            if wanted:
                yield _Job(network=group[0], wanted=wanted, number=number, fold=fold)


def _label(job: _Job) -> str:
    return f"{job.network.spec.family}-{job.network.nominal:,}, fold {job.number + 1}"


def _scored(job: _Job, data: Dataset, recipe: Recipe) -> Iterator[Scored]:
    """Train one network on one fold; a loss that is not finite is a failure of its own."""
    from model_zoo.train.loop import Diverged, learn, learner

    spec = job.network.spec
    found = learner(spec, data, job.fold)
    try:
        curves = learn(found, spec, recipe)
    except Diverged as error:
        for one in job.wanted:
            yield Scored(digest=one.spec.digest, fold=job.number, failure=str(error))
        return
    for one in job.wanted:
        if one.spec.variant:
            yield _of_variant(one.spec, found, job.number)
        else:
            counts = found.confusion()
            digest = one.spec.digest
            yield Scored(digest=digest, fold=job.number, confusion=counts, curves=curves)


def _of_variant(spec: ModelSpec, trained: Learner, number: int) -> Scored:
    from model_zoo.train.varied import varied

    try:
        module = varied(trained.module, spec, trained.learned())
    except ValueError as error:
        return Scored(digest=spec.digest, fold=number, failure=str(error))
    counts = replace(trained, module=module).confusion()
    return Scored(digest=spec.digest, fold=number, confusion=counts)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let torch have so many threads: the sums, and so the weights, depend on them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
