"""The network of a factory in the process that runs it: made anew, and proven to be the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from model_zoo.export.artifact import Artifact
from model_zoo.own.facts import OwnFacts, read_facts
from model_zoo.own.locate import WeightsDiffer
from model_zoo.own.network import OwnNetwork, fingerprint, make_network


def load_own(artifact: Artifact, device: str, dtype: torch.dtype) -> Callable[..., Any]:
    """Return what runs the network of a `factory` artifact: it takes the inputs in order.

    Raises:
        OSError: what was found out of the network is not on disk any more.
        WeightsDiffer: the factory makes another network each time.
    """
    facts = read_facts(Path(artifact.folder))
    if facts is None:
        raise OSError(f"no whole reference in {artifact.folder}; start the run again")
    network = same_network(facts)
    network.module.to(device=device, dtype=dtype)
    return network.callable()


def same_network(facts: OwnFacts) -> OwnNetwork:
    """Make the network that the facts are about once more.

    Raises:
        WeightsDiffer: the factory makes another network each time.
    """
    network = make_network(facts.spec)
    found = fingerprint(network)
    if found != facts.fingerprint:
        raise WeightsDiffer(
            f"{facts.spec.preset} makes other weights or inputs in every process "
            f"({found}, not {facts.fingerprint}), though torch.manual_seed({facts.spec.seed}) came "
            "before; load them from a file, or draw them from torch's generator"
        )
    return network
