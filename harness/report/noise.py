"""Noise floors laid out: a table for people, objects for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import EXPERIENCED, GATED
from harness.analyse.noise import Noise
from harness.core.case import Case
from harness.core.comparison import NoiseFloor
from harness.core.reason import ReasonCode
from harness.report.format import DASH, change, count, plain_text
from harness.report.table import Table

_ROUNDS: Final = (3, 5, 8)
_TENFOLD: Final = 10.0
_HEADINGS: Final = (
    *("case", "metric", "noise floor", "seen", "between", "within"),
    *(f"visible at {rounds}" for rounds in _ROUNDS),
    "rounds",
)
_NOTES: Final = tuple(
    f"{word}: {meaning}"
    for word, meaning in {
        "noise floor": "two more equal runs differ by less in 95 % of cases, as far as so few runs "
        "can say; `compare` calls no smaller change slower or faster",
        "between, within": "standard deviation between fresh processes, and of slices inside one",
        "visible": "change that is slower in 80 % of cases, at this floor, by rounds a side",
        "rounds": "to ask for, so that equal code is equivalent within 2 % in 80 % of cases; "
        f"{DASH} where no number of rounds would do, or a value is taken once a run",
    }.items()
)
_TEXTS: Final = 2
"""Columns at the left that hold text."""


def noise_table(noise: Noise, cases: Iterable[Case]) -> Table:
    """Lay out the floors that a gate looks at, as shares of the value.

    Where a case has none in the quiet state, the one of what was experienced stands in.
    """
    slugs = {case.id: case.slug for case in cases}
    floors = _shown(noise.floors)
    return Table(
        title=f"Noise of equal runs, {_runs(floors)}",
        headings=_HEADINGS,
        rows=tuple(_row(one, slugs) for one in floors),
        flush_right=tuple(place >= _TEXTS for place in range(len(_HEADINGS))),
        notes=(
            f"seen: 95th percentile over all pairs of runs{_pairs(floors)}",
            *_NOTES,
            *_without(noise.missing),
        ),
    )


def noise_json(noise: Noise, cases: Iterable[Case]) -> str:
    """Write one object a case and metric; every number is a share of the value."""
    known = {case.id: case for case in cases}
    rows = [_object(one, known) for one in noise.floors]
    rows += [
        {
            "case_id": one.case.id,
            "case": one.case.slug,
            "metric": one.metric,
            "floor": None,
            "reason_code": str(one.reason.code),
            "detail": one.reason.detail,
            "hint": one.reason.hint,
        }
        for one in noise.missing
    ]
    return json.dumps(rows, indent=2, allow_nan=False)


def percent(share: float | None) -> str:
    """Write a share for people: two digits that matter; from tenfold on, by which factor more.

    >>> percent(0.0213), percent(0.00047), percent(1.204), percent(None) == DASH
    ('2.1 %', '0.05 %', '120 %', True)
    >>> percent(15.3)
    'x 16.3'
    """
    if share is None or not math.isfinite(share):
        return DASH
    if share >= _TENFOLD:
        return change(1 + share)
    scaled = 100 * share
    places = 0 if scaled >= 10 else 1 if scaled >= 1 else 2  # noqa: PLR2004 - powers of ten
    return f"{scaled:.{places}f} %"


def _shown(floors: Sequence[NoiseFloor]) -> tuple[NoiseFloor, ...]:
    has = {(one.case_id, one.metric) for one in floors}
    instead = {metric: quiet for quiet, metric in EXPERIENCED.items()}
    return tuple(
        one
        for one in floors
        if one.metric in GATED
        or (one.metric in instead and (one.case_id, instead[one.metric]) not in has)
    )


def _without(missing: Sequence[Missing]) -> tuple[str, ...]:
    """Say of which gated metrics there is no floor, and why in the first of the cases."""
    groups: dict[tuple[str, ReasonCode], list[Missing]] = {}
    for one in missing:
        if one.metric in GATED:
            groups.setdefault((one.metric, one.reason.code), []).append(one)
    return tuple(
        f"no floor of {metric}: {count(len(group))} cases, first {plain_text(group[0].case.slug)} "
        f"({plain_text(str(group[0].reason))})"
        for (metric, _), group in groups.items()
    )


def _row(floor: NoiseFloor, slugs: Mapping[str, str]) -> tuple[str, ...]:
    visible = (percent(floor.smallest_change.get(rounds)) for rounds in _ROUNDS)
    return (
        plain_text(slugs.get(floor.case_id, floor.case_id)),
        floor.metric,
        percent(floor.floor),
        percent(floor.seen),
        percent(floor.between),
        percent(floor.within),
        *visible,
        DASH if floor.rounds is None else count(floor.rounds),
    )


def _object(floor: NoiseFloor, cases: Mapping[str, Case]) -> dict[str, Any]:
    case = cases.get(floor.case_id)
    fields = asdict(floor)
    del fields["case_id"]
    changes = {str(rounds): change for rounds, change in floor.smallest_change.items()}
    return {
        "case_id": floor.case_id,
        "case": case.slug if case else None,
        **fields,
        "smallest_change": {
            rounds: change if math.isfinite(change) else None for rounds, change in changes.items()
        },
        "pairs": math.comb(floor.runs, 2),
    }


def _runs(floors: Sequence[NoiseFloor]) -> str:
    return "none" if not floors else f"{_range(one.runs for one in floors)} runs"


def _pairs(floors: Sequence[NoiseFloor]) -> str:
    if not floors:
        return ""
    pairs = _range(math.comb(one.runs, 2) for one in floors)
    least = _range(one.runs - 1 for one in floors)
    return f", {pairs} of them, which know no more than {least} independent differences"


def _range(numbers: Iterable[int]) -> str:
    """Write the smallest and largest, or the only one.

    >>> _range([3, 2, 3]), _range([4])
    ('2 to 3', '4')
    """
    known = sorted(numbers)
    low, high = count(known[0]), count(known[-1])
    return low if low == high else f"{low} to {high}"
