"""The roofline: achieved FLOP/s against FLOPs per byte, under the roofs of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from harness.analyse.roofline import Attained
from harness.core.peaks import Bandwidth, Peaks
from harness.report.axis import log_axis
from harness.report.charts.figure import (
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    shape_of_series,
    tooltip,
)
from harness.report.charts.panels import backends_in_order, columns_of, one_panel, side_by_side
from harness.report.colours import FAINT
from harness.report.format import plain_text, quantity

_SIZE: Final = (460, 300)
"""Width and height of a panel in CSS pixels, without axes."""
_MOST_NAMED: Final = 2_000
_ROOM: Final = 4
"""Factor left of the leftmost point, for the names of the slopes."""


def roofline_figure(attained: Sequence[Attained], peaks: Sequence[Peaks]) -> Figure | None:
    """Draw every case under its roofs, a panel a device, precision and number of threads."""
    if not attained:
        return None
    panels = tuple(dict.fromkeys(map(_panel_of, attained)))
    return Figure(
        name="roofline",
        title="Achieved FLOP/s under the roofs of this machine",
        caption=(
            "roofs: the best matrix products, the best bandwidth of a cache (upper slope) and of "
            "main memory; a point at its roof could not be faster"
        ),
        summary=_summary(attained),
        specification=_specification(attained, panels),
        rows=(*_points(attained), *_roofs(attained, peaks)),
    )


def _panel_of(one: Attained) -> str:
    target = one.case.target
    threads = f"{target.threads} thread{'' if target.threads == 1 else 's'}"
    return plain_text(f"{target.device}, {target.precision}, {threads}")


def _summary(attained: Sequence[Attained]) -> str:
    best = max(attained, key=lambda one: one.share.value)
    worst = min(attained, key=lambda one: one.share.value)
    return (
        f"{len(attained)} cases between {quantity(worst.share.value, '1')} "
        f"({plain_text(worst.case.slug)}) and {quantity(best.share.value, '1')} "
        f"({plain_text(best.case.slug)}) of the attainable."
    )


def _specification(attained: Sequence[Attained], panels: Sequence[str]) -> Specification:
    series = backends_in_order(plain_text(one.case.target.backend) for one in attained)
    found = [one.intensity for one in attained]
    intensities = log_axis([min(found) / _ROOM, *found], "", decades=2)
    x = log_channel("intensity", intensities, "FLOPs per byte moved")
    rates = [one.flops_per_s.value for one in attained] + [one.attainable for one in attained]
    y = log_channel("rate", log_axis(rates, "FLOP/s", decades=3), "achieved")
    names = [_names(x, y, kind) for kind in ("slope", "flat")]
    layers = [_roof_lines(x, y), *names, _marks(x, y, series)]
    drawn = [one_panel(panel, only(panel=panel), layers, size=_SIZE) for panel in panels]
    return side_by_side(drawn, columns=min(2, columns_of(len(panels))), spacing=24)


def _roof_lines(x: Specification, y: Specification) -> Specification:
    mark = {"type": "line", "color": FAINT, "strokeWidth": 1.5, "clip": True}
    return {
        "mark": mark,
        "transform": only(kind="roof"),
        "encoding": {"x": x, "y": y, "detail": {"field": "name"}},
    }


def _names(x: Specification, y: Specification, kind: str) -> Specification:
    """Write a slope's name under its lower end, and a flat roof's above its right one."""
    place = {"align": "left", "dx": 14, "dy": 4}
    if kind == "flat":
        place = {"align": "right", "dx": 0, "dy": -8}
    return {
        "mark": {"type": "text", "fontSize": 11, "color": FAINT, **place},
        "transform": only(kind=kind),
        "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}},
    }


def _marks(x: Specification, y: Specification, series: Sequence[str]) -> Specification:
    return {
        "mark": {"type": "point", "filled": True, "size": 42, "opacity": 0.85},
        "transform": only(kind="case"),
        "encoding": {
            "x": x,
            "y": y,
            "color": by_series(series),
            "shape": shape_of_series(series),
            "tooltip": tooltip(name="case", text="achieved", share="of the attainable"),
        },
    }


def _points(attained: Sequence[Attained]) -> Iterable[dict[str, object]]:
    named = len(attained) <= _MOST_NAMED
    for one in attained:
        texts = {
            "name": plain_text(one.case.slug),
            "text": quantity(one.flops_per_s.value, "FLOP/s"),
            "share": f"{quantity(one.share.value, '1')}; {one.bound} bound",
        }
        yield {
            "kind": "case",
            "panel": _panel_of(one),
            "series": plain_text(one.case.target.backend),
            "intensity": one.intensity,
            "rate": one.flops_per_s.value,
            **(texts if named else {}),
        }


def _roofs(attained: Sequence[Attained], peaks: Sequence[Peaks]) -> Iterable[dict[str, object]]:
    """Draw for each panel its flat roof, and its slopes up to it."""
    low = min(one.intensity for one in attained) / _ROOM
    high = max(one.intensity for one in attained) * 2
    least = min(one.flops_per_s.value for one in attained)
    of = {(one.device, one.threads): one for one in peaks}
    seen = {}
    for one in attained:
        target = one.case.target
        found = of[target.device, target.threads]
        seen[_panel_of(one)] = (found, found.gemm[str(target.precision)])
    for panel, (found, peak) in seen.items():
        for bandwidth in _shown(found):
            name = quantity(bandwidth.rate, "B/s")
            ridge = peak / bandwidth.rate
            for intensity in (low, max(low, ridge)):
                height = min(peak, intensity * bandwidth.rate)
                yield _row(panel, "roof", name, (intensity, height))
            at = max(low, least / bandwidth.rate)
            yield _row(panel, "slope", name, (at, min(peak, at * bandwidth.rate)))
            yield _row(panel, "roof", "flat", (max(low, ridge), peak))
        yield _row(panel, "roof", "flat", (high, peak))
        yield _row(panel, "flat", quantity(peak, "FLOP/s"), (high / 2, peak))


def _shown(peaks: Peaks) -> tuple[Bandwidth, ...]:
    """Choose main memory and the fastest cache."""
    slowest = peaks.bandwidth[-1]
    fastest = max(peaks.bandwidth, key=lambda one: one.rate)
    return (slowest, fastest) if fastest.rate > slowest.rate else (slowest,)


def _row(panel: str, kind: str, name: str, at: tuple[float, float]) -> dict[str, object]:
    return {"kind": kind, "panel": panel, "name": name, "intensity": at[0], "rate": at[1]}
