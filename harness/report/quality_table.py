"""What networks learned, as a table and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from harness.core.quality import MEASURES, QUALITIES, Quality, QualityHeader
from harness.core.record import Record, Value
from harness.core.scaling import Law
from harness.report.format import DASH, count, interval, missing, plain_text, quantity
from harness.report.laws_json import law_objects
from harness.report.table import Table

JOINED: Final = ("latency_quiet", "peak_rss", "energy_per_item", "artifact_bytes")
"""Costs that stand beside quality, where runs are given."""
_SCORES: Final = ("accuracy", "recall", "f1")
_PLAIN: Final = 1000
"""Sizes below it are written out."""


def quality_table(header: QualityHeader, found: Sequence[Quality]) -> Table:
    """Lay out a row a network: scores over all folds, over-fitting, training time."""
    epochs = header.recipe.epochs
    notes = [
        f"{header.folds}-fold cross-validation, {epochs} epochs, scored after the last one",
        "intervals: 95 %, over folds, corrected for the training items that these share",
        f"over-fits after: the epoch of the least validation loss; {DASH}: it does not over-fit",
    ]
    failures = dict.fromkeys(reason for one in found for reason in one.failures)
    notes += [f"failed: {plain_text(reason)}" for reason in failures]
    left = sum(header.folds - one.folds for one in found)
    notes += [f"{left} folds have no score"] if left else []
    return Table(
        title=f"{plain_text(header.data)}: {count(header.items)} items, {header.classes} classes",
        headings=("network", "parameters", *_SCORES, "over-fits after", "training time"),
        rows=tuple(_row(one) for one in found),
        flush_right=(False, True, *(True for _ in _SCORES), True, True),
        notes=tuple(notes),
    )


def growth_table(laws: Iterable[tuple[str, Law]]) -> Table:
    """Lay out how training time grows with the parameter count, a row a family."""
    rows = []
    for family, law in laws:
        exponent, form = law.exponent, law.form
        ends = (None, None) if exponent is None else (exponent.low, exponent.high)
        shown = DASH if exponent is None else f"{exponent.value:.2f}{_ends(*ends)}"
        holds = "yes" if law.holds else f"no: {'; '.join(law.reasons)}"
        rows.append((plain_text(family), count(len(law.points)), shown, str(form or DASH), holds))
    return Table(
        title="training time against parameter count: exponent of the growing part",
        headings=("family", "sizes", "exponent", "form", "holds"),
        rows=tuple(rows),
        flush_right=(False, True, True, False, False),
    )


def _ends(low: float | None, high: float | None) -> str:
    texts = (DASH if end is None else f"{end:.2f}" for end in (low, high))
    return f" [{', '.join(texts)}]"


def joined_table(records: Sequence[Record], metrics: Sequence[str] = JOINED) -> Table:
    """Lay out records that quality has joined: accuracy beside each cost."""
    shown = [name for name in metrics if any(_has(record, name) for record in records)]
    columns = ("accuracy", *shown)
    return Table(
        title="quality beside cost, of the same spec",
        headings=("case", "parameters", *columns),
        rows=tuple(
            (
                plain_text(record.case.slug),
                DASH if record.parameter_count is None else count(record.parameter_count),
                *(shown_value(record.values[name]) for name in columns),
            )
            for record in records
        ),
        flush_right=(False, True, *(True for _ in columns)),
    )


def _has(record: Record, name: str) -> bool:
    value = record.values.get(name)
    return value is not None and value.value is not None


def _row(one: Quality) -> tuple[str, ...]:
    spent = one.values["training_time"]
    return (
        network_name(one),
        count(one.network.parameter_count),
        *(shown_value(one.values[name]) for name in _SCORES),
        DASH if one.overfits_after is None else count(one.overfits_after),
        missing(spent.reason) if spent.value is None else quantity(spent.value, "s"),
    )


def network_name(one: Quality) -> str:
    """Name a network by its family and the size asked for.

    >>> from harness.core.quality import Network
    >>> from model_zoo.spec import ModelSpec
    >>> spec = ModelSpec.of("mlp", size=1)
    >>> network_name(Quality(network=Network(spec=spec, parameter_count=9, nominal=10000), folds=5))
    'mlp-1e4'
    """
    spec = one.network.spec
    name = f"{spec.family}-{_size(one.network.nominal)}"
    return plain_text(f"{name} {spec.variant}" if spec.variant else name)


def shown_value(value: Value) -> str:
    """Format a value in its unit with its interval; a null is a dash and its code."""
    if value.value is None:
        return missing(value.reason)
    return interval(value.value, MEASURES[value.metric].unit, value.low, value.high)


def _size(nominal: int) -> str:
    """Write a size as people ask for it.

    >>> _size(300), _size(2000), _size(31623)
    ('300', '2e3', '3.16e4')
    """
    if nominal < _PLAIN:
        return str(nominal)
    digits, _, power = f"{nominal:.2e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"


def quality_object(
    header: QualityHeader,
    found: Sequence[Quality],
    laws: Iterable[tuple[str, Law]],
    records: Sequence[Record] = (),
) -> dict[str, Any]:
    """Describe a file in plain values, units of SI without a prefix."""
    return {
        "data": header.data,
        "items": header.items,
        "classes": header.classes,
        "folds": header.folds,
        "recipe": asdict(header.recipe),
        "networks": [_network(one) for one in found],
        "training_time": [{"family": family, **law_objects([law])[0]} for family, law in laws],
        "records": [_record(record) for record in records],
    }


def _network(one: Quality) -> dict[str, Any]:
    spec = one.network.spec
    return {
        "family": spec.family,
        "variant": spec.variant,
        "spec": spec.as_record(),
        "digest": spec.digest,
        "parameter_count": one.network.parameter_count,
        "nominal": one.network.nominal,
        "folds": one.folds,
        "metrics": {name: _value(value) for name, value in one.values.items()},
        "overfits_after": one.overfits_after,
        "curves": one.curves and asdict(one.curves),
        "failures": list(one.failures),
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "case_id": record.case.id,
        "slug": record.case.slug,
        "digest": record.case.model.digest,
        "parameter_count": record.parameter_count,
        "metrics": {name: _value(value) for name, value in record.values.items() if name in _KEPT},
    }


def _value(value: Value) -> Mapping[str, Any]:
    given = {"value": value.value, "low": value.low, "high": value.high}
    if value.reason is None:
        return {"unit": MEASURES[value.metric].unit, **given, "n_trials": value.n_trials}
    code = str(value.reason.code)
    return {"unit": MEASURES[value.metric].unit, **given, "reason_code": code}


_KEPT: Final = frozenset({*QUALITIES, *JOINED, "throughput_quiet", "weights_rss", "latency_p99"})
