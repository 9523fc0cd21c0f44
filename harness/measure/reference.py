"""What goes into a case's network, and the fp64 outputs that its own are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol, cast, runtime_checkable

import numpy as np

from harness.backends.base import Arrays, Backend
from harness.core.task import Task
from model_zoo.inputs import example_inputs
from model_zoo.own import is_file, is_own
from model_zoo.own.facts import read_facts
from model_zoo.own.facts import read_inputs as own_inputs
from model_zoo.spec import ModelSpec

NETWORK: Final = "network"
"""Among the settings in effect: digest of the code and weights of a network of the user's own."""
REFERENCE: Final = "reference"
"""The same: what gave the outputs that its own are held against."""
OUTPUTS: Final = "outputs"
"""The same: what is to be known of them."""
_THE_SAME: Final = "the same for both inputs, by the file itself"


@runtime_checkable
class OwnReference(Protocol):
    """A backend whose networks are not the zoo's: it says itself what they should give."""

    def reference(self, spec: ModelSpec, batch_size: int, index: int) -> Arrays:
        """Return the outputs for example inputs `index`."""
        ...


def read_inputs(task: Task) -> list[Arrays]:
    """Return example inputs 0 and 1: drawn by the zoo, or as a factory of the user's gave them."""
    case = task.case
    if is_own(case.model):
        return [own_inputs(Path(task.reference), index) for index in (0, 1)]
    return [example_inputs(case.model, case.batch_size, index) for index in (0, 1)]


def identity(task: Task) -> dict[str, str]:
    """Return which code and weights a network of the user's own has; nothing for the zoo's."""
    facts = read_facts(Path(task.reference)) if is_own(task.case.model) else None
    if facts is None:
        return {}
    said = {NETWORK: facts.identity, REFERENCE: facts.reference_by}
    return {**said, OUTPUTS: _THE_SAME} if facts.ignores_inputs else said


def ignores_inputs(task: Task) -> bool:
    """Whether a file's own outputs, by the first runtime that took it, are the same for any input.

    Such is the file, and no runtime can be blamed for it.
    """
    facts = read_facts(Path(task.reference)) if is_file(task.case.model) else None
    return facts is not None and facts.ignores_inputs


def read_reference(task: Task, backend: Backend) -> list[Arrays]:
    """Return the outputs for example inputs 0 and 1, each (batch, ...) in float64."""
    case = task.case
    if not task.reference and isinstance(backend, OwnReference):
        own = cast("OwnReference", backend)
        return [own.reference(case.model, case.batch_size, index) for index in (0, 1)]
    return [_read_outputs(Path(task.reference), index) for index in (0, 1)]


def _read_outputs(folder: Path, index: int) -> Arrays:
    files = sorted(folder.glob(f"input{index}-output*.npy"))
    return tuple(np.load(file, allow_pickle=False) for file in files)
