"""Cases under their roofs, and peaks, as tables and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analyse.roofline import Attained, Roof, Unattained
from harness.core.peaks import Peaks
from harness.core.scaling import Estimate
from harness.report.format import count, interval, plain_text, quantity
from harness.report.table import Table

_HEADINGS = (
    "case",
    "parameters",
    "time of an iteration",
    "achieved",
    "moved",
    "FLOPs per byte",
    "of the attainable",
    "bound",
    "explains",
)


def attained_table(attained: Sequence[Attained], left_out: Sequence[Unattained] = ()) -> Table:
    """Lay out cases in the order given."""
    return Table(
        title="Cases under the roofs of their machine",
        headings=_HEADINGS,
        rows=tuple(map(_row, attained)),
        flush_right=(False, *(True,) * 6, False, True),
        notes=tuple(_notes(left_out)),
    )


def _row(one: Attained) -> tuple[str, ...]:
    return (
        plain_text(one.case.slug),
        count(one.parameter_count),
        _quantity(one.seconds, "s"),
        quantity(one.flops_per_s.value, "FLOP/s"),
        quantity(one.bytes_per_s.value, "B/s"),
        f"{one.intensity:.3g}",
        _quantity(one.share, "1"),
        f"{one.bound}{'' if one.is_explained else ', mostly overhead'}",
        quantity(one.explained, "1"),
    )


def _quantity(estimate: Estimate, unit: str) -> str:
    return interval(estimate.value, unit, estimate.low, estimate.high)


def _notes(left_out: Sequence[Unattained]) -> list[str]:
    """Say each reason once, with how many cases have it."""
    found: dict[str, int] = {}
    for one in left_out:
        found[one.why] = found.get(one.why, 0) + 1
    return [
        f"{count(number)} case{'' if number == 1 else 's'} not held against a roof: "
        f"{plain_text(why, longest=300)}"
        for why, number in found.items()
    ]


def peaks_table(peaks: Sequence[Peaks]) -> Table:
    """Lay out what was measured of each device."""
    sets = sorted({one.working_set for found in peaks for one in found.bandwidth})
    precisions = list(dict.fromkeys(name for found in peaks for name in found.gemm))
    rows = tuple(_peaks_row(found, precisions, sets) for found in peaks)
    headings = (
        "device",
        *(f"{name} products" for name in precisions),
        *(f"{quantity(size, 'B')} reused" for size in sets),
        "smallest operation",
        "by",
    )
    return Table(
        title="Peaks of this machine, measured by the harness: the best single call",
        headings=headings,
        rows=rows,
        flush_right=(False, *(True,) * (len(headings) - 2), False),
        notes=tuple(_gemm_ways(peaks)),
    )


def _gemm_ways(peaks: Sequence[Peaks]) -> Iterator[str]:
    """Say what each library's products reached, where more than one was tried."""
    for found in peaks:
        for precision in found.gemm:
            head = f"gemm {precision} "
            ways = [
                f"{name.removeprefix(head)} {quantity(rate, 'FLOP/s')}"
                for name, rate in found.ways.items()
                if name.startswith(head)
            ]
            if len(ways) > 1:
                yield plain_text(f"{_device(found)}, {precision} products: {', '.join(ways)}")


def _device(found: Peaks) -> str:
    return f"{found.device}, {found.threads} thread{'' if found.threads == 1 else 's'}"


def _peaks_row(found: Peaks, precisions: Sequence[str], sets: Sequence[int]) -> tuple[str, ...]:
    rates = {one.working_set: one.rate for one in found.bandwidth}
    return (
        plain_text(_device(found)),
        *(_known(found.gemm.get(name), "FLOP/s") for name in precisions),
        *(_known(rates.get(size), "B/s") for size in sets),
        quantity(found.launch, "s"),
        plain_text(f"{found.by}, {found.measured_at[:10]}"),
    )


def _known(rate: float | None, unit: str) -> str:
    return "not measured" if rate is None else quantity(rate, unit)


def attained_objects(attained: Sequence[Attained]) -> list[dict[str, Any]]:
    """Describe cases in plain values, SI without prefixes."""
    return [
        {
            "case": one.case.slug,
            "case_id": one.case.id,
            "parameter_count": one.parameter_count,
            "flops": one.flops,
            "bytes_moved": one.bytes_moved,
            "seconds": _plain(one.seconds),
            "flops_per_s": _plain(one.flops_per_s),
            "bytes_per_s": _plain(one.bytes_per_s),
            "intensity": one.intensity,
            "attainable_flops_per_s": one.attainable,
            "share": _plain(one.share),
            "bound": str(one.bound),
            "explained": one.explained,
            "floors_s": {str(roof): one.floors[roof] for roof in Roof if roof in one.floors},
        }
        for one in attained
    ]


def _plain(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def peaks_objects(peaks: Sequence[Peaks]) -> list[dict[str, Any]]:
    """Describe peaks in plain values."""
    return [
        {
            "device": one.device,
            "threads": one.threads,
            "gemm_flops_per_s": dict(one.gemm),
            "bandwidth_bytes_per_s": {str(b.working_set): b.rate for b in one.bandwidth},
            "launch_s": one.launch,
            "ways": dict(one.ways),
            "by": one.by,
            "measured_at": one.measured_at,
        }
        for one in peaks
    ]
