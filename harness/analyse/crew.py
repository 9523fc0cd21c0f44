"""What the processes of one case take up together."""

from __future__ import annotations

from dataclasses import fields, replace

from harness.core.trial import HostMemory, Trial


def together(trial: Trial) -> HostMemory | None:
    """Return the memory of all processes of a trial, added up; None where none was weighed.

    Pages that processes share, such as those of libraries, count in each: the sum is what as many
    machines would need, and more than what one machine needs. A figure that one process could not
    read has no sum.
    """
    held = [part.memory for part in (trial, *trial.others) if part.memory is not None]
    if len(held) < 1 + len(trial.others):
        return None
    if len(held) == 1:
        return held[0]
    counts = {field.name: [getattr(one, field.name) for one in held] for field in fields(held[0])}
    known = {
        name: sum(values)
        for name, values in counts.items()
        if all(isinstance(value, int) for value in values)
    }
    lost = {
        name: None
        for name, values in counts.items()
        if any(isinstance(value, int) for value in values) and name not in known
    }
    return replace(held[0], **known, **lost)
