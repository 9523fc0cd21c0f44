"""What must hold of the queries of a server trial."""

from __future__ import annotations

from typing import Final

from harness.core.load import Load

_LARGEST: Final = 2**62
_COLUMNS: Final = ("due_ns", "waited_ns", "served_ns", "process")


def check_load(load: Load) -> None:
    """Check that columns fit each other, that durations are durations and rates are rates.

    Raises:
        ValueError: they do not; the message names the field.
    """
    lengths = {len(getattr(load, name)) for name in _COLUMNS}
    if len(lengths) > 1:
        raise ValueError(f"columns of load have lengths {sorted(lengths)}; expected one length")
    for name in _COLUMNS:
        values = getattr(load, name)
        if values and not _LARGEST > max(values) >= min(values) >= 0:
            raise ValueError(f"load.{name} holds {min(values)} to {max(values)}; expected from 0")
    rates = (load.rate, *(step.rate for step in load.steps))
    if not all(0 < rate < _LARGEST for rate in rates):
        raise ValueError(f"rates of load are {rates}; expected above 0")
    if not (0 < load.bound_ns < _LARGEST and 0 < load.service_ns < _LARGEST):
        raise ValueError(
            f"bound {load.bound_ns} ns, service {load.service_ns} ns; expected above 0"
        )
