"""A law as layers of a chart: its line, its interval, and what is extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.core.scaling import Law

if TYPE_CHECKING:
    import altair as alt


def law_rows(law: Law, series: str) -> list[dict[str, Any]]:
    """Sample a law's curve over its sizes: `series`, `parameter_count`, `value`, `low`, `high`.

    Throughput is drawn as the metric itself, items per second. Empty where there is no curve.
    """
    raise NotImplementedError


def law_layers(
    rows: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]
) -> tuple[alt.Chart, ...]:
    """Draw band and line of sampled laws.

    Args:
        rows: See `law_rows`; of several laws, one after the other.
        x: Scale, axis and title of the parameter count, as `harness.report.panel` has them.
        y: The same of the cost.
    """
    raise NotImplementedError
