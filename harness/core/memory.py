"""Memory of a GPU as one process read it: layers, each by its own instrument, never mixed."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMemory:
    """Bytes at the borders of the phases of one process; None where one is not known.

    Peaks by the driver are the largest of the readings after the load, after the first pass and
    after all: what was taken and given back in between is not in them. Those of the framework's
    allocator are its own high-water marks.
    """

    device: str
    """UUID, as the driver has it."""
    used_before: int | None = None
    """In use on the whole device before this process had a context there."""
    used_context: int | None = None
    """The same with an empty context of this process."""
    used_peak: int | None = None
    used_reason: Reason | None = None
    """Why what is in use on the device does not tell what this process takes."""
    process_context: int | None = None
    """Of this process, by the driver, with an empty context."""
    process_peak: int | None = None
    process_reason: Reason | None = None
    allocated_peak: int | None = None
    """The most that the framework's allocator had given out."""
    reserved_peak: int | None = None
    """The most that it held of the device."""
    allocator_reason: Reason | None = None
