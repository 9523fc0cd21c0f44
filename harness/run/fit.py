"""Whether a case has a chance here, decided before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psutil

from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from harness.environment.cgroup import memory_left
from harness.environment.host import Host
from harness.measure.cores import allowed_cores
from model_zoo.cost import Cost, cost
from model_zoo.export.precision import BYTES_OF
from model_zoo.own import is_own
from model_zoo.own.facts import OwnFacts

_REFERENCE_BYTES: Final = 8
"""The reference is computed once in fp64."""
_MB: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must be known of a case's network to check its outputs and its memory."""

    parameter_count: int
    depth: int
    """Matrix products in sequence, for the tolerance."""
    widest: int
    """Largest inner dimension of any product, for the tolerance."""
    lower_bound: int
    """Bytes that the network needs at the very least."""


def needs_of(case: Case) -> Needs:
    """Return what a network of the zoo needs, in closed form."""
    costs = cost_of(case)
    return Needs(
        parameter_count=costs.parameter_count,
        depth=costs.depth,
        widest=costs.widest,
        lower_bound=lower_bound(case),
    )


def needs_of_own(case: Case, facts: OwnFacts) -> Needs:
    """Return what a network of the user's own needs, as it was found to be."""
    return Needs(
        parameter_count=facts.parameter_count,
        depth=facts.depth,
        widest=facts.widest,
        lower_bound=facts.lower_bound(BYTES_OF[case.target.precision]),
    )


def cost_of(case: Case) -> Cost:
    """Return what the network of a case, which is the zoo's, costs in its precision."""
    return cost(case.model, case.batch_size, bytes_per_weight=BYTES_OF[case.target.precision])


def lower_bound(case: Case) -> int:
    """Return the bytes that the case needs at the very least: weights, activations, in and out."""
    costs = cost_of(case)
    return costs.weight_bytes + costs.activation_bytes + costs.input_bytes + costs.output_bytes


def impossible(case: Case, available_bytes: int | None = None) -> Reason | None:
    """Say why no runtime can measure a case on this machine; None where one might.

    What a network of the user's own needs is not known before it is made.
    """
    cores = allowed_cores()
    if cores and case.target.threads > len(cores):
        return Reason(
            code=ReasonCode.TOO_FEW_CORES,
            detail=f"{case.target.threads} threads were asked for; this process may use "
            f"{len(cores)} cores",
            hint="ask for fewer threads, or run on more cores",
        )
    if is_own(case.model):
        return None
    available = _available() if available_bytes is None else available_bytes
    needed = max(lower_bound(case), cost_of(case).parameter_count * _REFERENCE_BYTES)
    if needed <= available:
        return None
    return Reason(
        code=ReasonCode.WOULD_NOT_FIT,
        detail=f"weights, activations and the fp64 reference need at least {needed / _MB:,.0f} MB; "
        f"{available / _MB:,.0f} MB are free",
        hint="ask for fewer parameters or a smaller batch, or free memory",
    )


def _available() -> int:
    """Return the free memory of the machine, or of this process's control group if that is less."""
    free = int(psutil.virtual_memory().available)
    left = memory_left(Host())
    return free if left is None else min(free, left)
