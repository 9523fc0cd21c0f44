"""Energy per item and mean power, from what the counters read in the energy pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from harness.analyse.estimate import arithmetic, notes
from harness.analyse.evidence import Evidence, PerTrial
from harness.analyse.spent import Spent, spent_in
from harness.core.energy import WindowState
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.meters.energy.quantity import Quantity

_BUSY: Final = 0.05
"""Share of the processor time that others may have before it is said."""


def energy_per_item(metric: str, evidence: Evidence) -> Value:
    """Return the mean over energy trials; null where a trial's counters are not believed."""
    return _value(metric, evidence, lambda spent: spent.per_item)


def power_mean(metric: str, evidence: Evidence) -> Value:
    """Return the mean over energy trials; beside it stands what is left over idling."""
    value = _value(metric, evidence, lambda spent: spent.power)
    if value.value is None:
        return value
    return replace(value, note=notes(value.note, _net_note(_spent(evidence))))


def energies(evidence: Evidence) -> PerTrial:
    """Return each trial's energy per item, in J."""
    return _per_trial(evidence, lambda spent: spent.per_item)


def _value(metric: str, evidence: Evidence, pick: Callable[[Spent], Quantity]) -> Value:
    if not evidence.energy:
        return Value(metric=metric, value=None, reason=evidence.no_energy)
    spent = _spent(evidence)
    failed = [trial.outcome.reason for trial in evidence.energy if trial.energy is None]
    reasons = [reason for reason in failed if reason is not None]
    reasons += [reason for one in spent if (reason := pick(one).reason)]
    if reasons or not spent:
        nothing = Reason(code=ReasonCode.NOT_MEASURED, detail="the energy pass left no reading")
        return Value(metric=metric, value=None, reason=(reasons or [nothing])[0])
    figures = _per_trial(evidence, pick)
    value = arithmetic(metric, figures.values, n_samples=figures.n_samples, note=_note(spent))
    return _widened(value, max(pick(one).bound or 0.0 for one in spent))


def _widened(value: Value, bound: float) -> Value:
    """Add to the interval over trials what the counter's step may hide in each of them."""
    if value.low is None or value.high is None:
        return value
    return replace(value, low=max(0.0, value.low - bound), high=value.high + bound)


def _per_trial(evidence: Evidence, pick: Callable[[Spent], Quantity]) -> PerTrial:
    spent = _spent(evidence)
    values = [pick(one).value for one in spent]
    return PerTrial(
        values=tuple(value for value in values if value is not None),
        n_samples=sum(one.windows for one in spent),
    )


def _spent(evidence: Evidence) -> list[Spent]:
    found = (trial.energy for trial in evidence.energy)
    return [spent_in(one, evidence.case.batch_size) for one in found if one is not None]


def _note(spent: Iterable[Spent]) -> str:
    """Say what was summed, how wrong it may be, and what disturbed it."""
    known = list(spent)
    bound = max((one.power.bound or 0.0) / (one.power.value or 1.0) for one in known)
    shares = [one.others for one in known if one.others is not None]
    busy = max(shares, default=0.0)
    absent = ", ".join(known[0].absent)
    return notes(
        " + ".join(known[0].domains),
        f"without {absent}" if absent else "",
        f"within {bound:.1%} by step and clock",
        f"others had {busy:.0%} of the processor time" if busy > _BUSY else "",
        "idling drifted" if any(one.drifted for one in known) else "",
        *dict.fromkeys(str(flag) for one in known for flag in one.flags),
    )


def _net_note(spent: Iterable[Spent]) -> str:
    known = list(spent)
    beside = [one.beside for one in known if one.beside is not None]
    return notes(
        _over([one.net for one in known], WindowState.CONTEXT_IDLE),
        _over([one.net_of_bare for one in known], WindowState.BARE_IDLE),
        _beside_note(beside) if beside else "",
    )


def _over(nets: Sequence[Quantity], state: WindowState) -> str:
    """Say what is left over one kind of idling; nothing where the pass has no such window."""
    refusals = [net.reason for net in nets if net.reason is not None]
    if any(reason.code is ReasonCode.NOT_MEASURED for reason in refusals):
        return ""
    if refusals:
        return f"net of idling: {refusals[0]}"
    return f"{_mean(nets):.3g} W of it over {state}"


def _beside_note(beside: Sequence[Quantity]) -> str:
    """Say what the processor took while the GPU worked, or why that is not known."""
    refusals = [power.reason for power in beside if power.reason is not None]
    if refusals:
        return f"processor beside it: not known, {refusals[0].code}"
    return f"processor beside it: {_mean(beside):.3g} W"


def _mean(parts: Sequence[Quantity]) -> float:
    return sum(part.value or 0.0 for part in parts) / len(parts)
