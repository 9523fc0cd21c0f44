"""What must hold inside a header and a trial, so that whoever reads them later need not ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import Final

from harness.core.device import DeviceState
from harness.core.energy import Counter, Energy
from harness.core.run import RunHeader
from harness.core.trial import Member, Probes, Slices, Timeline, Trial
from harness.store.check_load import check_load

_LARGEST: Final = 2**62
"""Durations, clocks, bytes and counts stay below it: 146 years in ns, and 64 bits hold them."""


_COLUMNS: Final = {
    table: tuple(field.name for field in fields(table)) for table in (Slices, Probes)
}
"""Listed once: every trial of every run asks for them."""
_WINDOW_COLUMNS: Final = ("state", "first", "last", "iterations")


def check_header(header: RunHeader) -> None:
    """Check that cases are named once, and that parameter counts are counts.

    Raises:
        ValueError: they do not; the message says what was found.
    """
    ids = [case.id for case in header.cases]
    if len(set(ids)) < len(ids):
        raise ValueError("a case is listed twice in the header")
    for case_id, count in header.parameter_counts.items():
        if count < 1:
            raise ValueError(f"case {case_id} has {count} parameters; leave out what is not known")
    level = header.level
    if level is not None and not 0 < level.native_ns < _LARGEST:
        raise ValueError(f"quiet level {level.native_ns} ns; expected a positive duration")


def check_trial(trial: Trial) -> None:
    """Check that a trial's columns fit each other and its numbers are durations and counts.

    Raises:
        ValueError: they do not; the message names the field.
    """
    singles = {
        "prepare_time_ns": trial.prepare_time_ns,
        "build_time_ns": trial.build_time_ns,
        "first_inference_ns": trial.first_inference_ns,
        "artifact_bytes": trial.artifact_bytes,
        "warm_up_slices": None if trial.decision is None else trial.decision.warm_up_slices,
    }
    if trial.memory is not None:
        figures = {field.name: getattr(trial.memory, field.name) for field in fields(trial.memory)}
        singles |= {name: value for name, value in figures.items() if name != "device_reason"}
    for name, value in singles.items():
        if value is not None:
            _require_range(name, (value,))
    parts: tuple[Trial | Member, ...] = (trial, *trial.others)
    for part in parts:
        if part.timeline is not None:
            _check_timeline(part.timeline)
    if trial.load is not None:
        check_load(trial.load)
    _check_meters(trial)


def _check_meters(trial: Trial) -> None:
    if trial.energy is not None:
        _check_energy(trial.energy)
    if trial.device is not None:
        _check_device(trial.device)


def _check_device(state: DeviceState) -> None:
    """Check that the borders follow each other, and that times are durations."""
    _require_range("device.before", (state.before.at_ns,))
    _require_range("device.after", (state.after.at_ns,), lowest=state.before.at_ns)
    for name, border in (("before", state.before), ("after", state.after)):
        for reason, passed_ns in border.throttled_ns.items():
            _require_range(f"device.{name}.{reason}", (passed_ns,))


def _check_energy(energy: Energy) -> None:
    """Check that all counters have as many readings, and that windows lie between two of them."""
    if not 0 < energy.wanted_error < 1:
        raise ValueError(f"wanted error of energy is {energy.wanted_error}; expected within 0 to 1")
    counts = {len(counter.values) for counter in energy.counters}
    if len(counts) > 1:
        raise ValueError(f"counters have {sorted(counts)} readings; expected one number")
    for counter in energy.counters:
        _check_counter(counter)
    windows, readings = energy.windows, max(counts, default=0)
    _require_one_length("windows", [getattr(windows, name) for name in _WINDOW_COLUMNS])
    for name in ("own_cpu_ns", "all_cpu_ns"):
        column = getattr(windows, name)
        if column:
            _require_one_length(f"windows.{name}", [column, windows.first])
        _require_range(f"windows.{name}", column)
    _require_range("windows.iterations", windows.iterations)
    for first, last in zip(windows.first, windows.last, strict=True):
        if not 0 <= first < last < readings:
            raise ValueError(f"a window lies between readings {first} and {last} of {readings}")


def _check_counter(counter: Counter) -> None:
    columns = {name: getattr(counter, name) for name in ("at_ns", "half_width_ns", "values")}
    _require_one_length(f"readings of {counter.name}", list(columns.values()))
    for name, values in columns.items():
        _require_range(f"{counter.name}.{name}", values)
    _require_range(f"{counter.name}.lag", (counter.lag_ns,))
    for name, single in (("modulus", counter.modulus), ("period", counter.update_period_ns)):
        if single is not None:
            _require_range(f"{counter.name}.{name}", (single,), lowest=1)


def _require_one_length(name: str, columns: Sequence[Sequence[object]]) -> None:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise ValueError(f"columns of {name} have lengths {sorted(lengths)}; expected one length")


def _check_timeline(timeline: Timeline) -> None:
    probed = bool(timeline.probes.start_ns)
    optional = {"waited_ns"} if probed else {"waited_ns", "before", "after"}
    _check_columns("slices", timeline.slices, optional)
    _check_columns("probes", timeline.probes)
    for name in ("samples_ns", "device_ns", "host_ns"):
        _require_range(name, getattr(timeline, name))
    probes = len(timeline.probes.start_ns)
    for name in ("before", "after"):
        places = getattr(timeline.slices, name)
        if places and max(places) >= probes:
            raise ValueError(f"slices.{name} names probe {max(places)}; there are {probes}")
    counted = sum(timeline.slices.iterations)
    if timeline.samples_ns and counted != len(timeline.samples_ns):
        raise ValueError(
            f"slices count {counted} iterations; there are {len(timeline.samples_ns)} samples"
        )


def _check_columns(
    name: str, table: Slices | Probes, optional: Collection[str] = frozenset()
) -> None:
    """Check one table; optional columns may be empty: a kernel or a tool that does not say it."""
    columns = {key: values for key, values in _columns(table) if values or key not in optional}
    _require_one_length(name, list(columns.values()))
    for column, values in columns.items():
        _require_range(f"{name}.{column}", values, lowest=-1 if column == "core" else 0)


def _columns(table: Slices | Probes) -> Iterator[tuple[str, tuple[int, ...]]]:
    return ((name, getattr(table, name)) for name in _COLUMNS[type(table)])


def _require_range(name: str, values: tuple[int, ...], lowest: int = 0) -> None:
    if values and not (lowest <= min(values) and max(values) < _LARGEST):
        raise ValueError(f"{name} holds {min(values)} to {max(values)}; expected from {lowest} on")
