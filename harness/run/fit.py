"""Whether a case has a chance here, decided before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psutil

from harness.backends.registry import entry
from harness.backends.variants import refuse_variant
from harness.core.case import Case, Scenario
from harness.core.reason import Reason, ReasonCode
from harness.environment.cgroup import memory_left
from harness.environment.host import Host
from harness.measure.cores import allowed_cores
from harness.meters.device_memory import most_free
from harness.run.axes import cores_of
from harness.run.own_specs import refuse_format
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
    """Return the bytes that the case needs at the very least, wherever it runs.

    The weights, and the larger of what is live at the worst layer and of inputs with outputs: a
    layer's own input may be the network's, and is not counted twice.
    """
    costs = cost_of(case)
    live = max(costs.activation_bytes, costs.input_bytes + costs.output_bytes)
    return costs.weight_bytes + live


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Bytes that nobody uses just now."""

    host: int
    device: int | None = None
    """Of the GPU that has the most; None where nobody knows."""


def impossible(case: Case, free: Free | None = None) -> Reason | None:
    """Say why no runtime can measure a case on this machine; None where one might.

    What a network of the user's own needs is not known before it is made: see `too_large`.
    """
    split = _refuse_split(case)
    if split is not None:
        return split
    form = entry(case.target.backend).artifact_format
    refused = refuse_format(case.model, case.target, form)
    refused = refused or refuse_variant(case.model, case.target)
    if refused is not None or is_own(case.model):
        return refused
    reference = cost_of(case).parameter_count * _REFERENCE_BYTES
    return too_large(case, lower_bound(case), free, reference=reference)


def _refuse_split(case: Case) -> Reason | None:
    """Say why this machine, or the scenario, cannot have the case's processes and threads."""
    cores = allowed_cores()
    threads = cores_of(case)
    if cores and threads > len(cores):
        return Reason(
            code=ReasonCode.TOO_FEW_CORES,
            detail=f"{threads} threads were asked for; this process may use {len(cores)} cores",
            hint="ask for fewer threads, or run on more cores",
        )
    if case.processes > 1 and case.scenario is Scenario.MULTI_STREAM:
        detail = "a query of multi_stream is answered by one process"
        return Reason(code=ReasonCode.OPTION_UNSUPPORTED, detail=detail, hint="ask for one process")
    return None


def too_large(
    case: Case, bound: int, free: Free | None = None, *, reference: int = 0
) -> Reason | None:
    """Say that a case cannot fit, from what it needs at the very least; nothing is allocated.

    Args:
        case: Which; on a GPU it is the device that must hold the network.
        bound: Bytes of weights, activations, inputs and outputs.
        free: None asks this machine.
        reference: Bytes of the outputs' fp64 reference, which the host computes.
    """
    there = _free(case) if free is None else free
    needed = reference if case.target.is_cuda else max(bound, reference)
    if needed > there.host:
        return _would_not_fit("weights, activations and the fp64 reference", needed, there.host)
    if case.target.is_cuda and there.device is not None and bound > there.device:
        where = f" on the GPU that {case.target.device} is at best"
        return _would_not_fit("weights and activations", bound, there.device, where)
    return None


def _would_not_fit(what: str, needed: int, free: int, where: str = "") -> Reason:
    return Reason(
        code=ReasonCode.WOULD_NOT_FIT,
        detail=f"{what} need at least {needed / _MB:,.0f} MB; {free / _MB:,.0f} MB are free{where}",
        hint="ask for fewer parameters or a smaller batch, or free memory",
    )


def _free(case: Case) -> Free:
    """Return what is free: of the machine, or of this process's control group if that is less."""
    free = int(psutil.virtual_memory().available)
    left = memory_left(Host())
    host = free if left is None else min(free, left)
    return Free(host=host, device=most_free() if case.target.is_cuda else None)
