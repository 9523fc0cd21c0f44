"""Laws and what follows from them for programs: objects for JSON. Nothing is scaled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from harness.core.choice import BreakEven, PayBack
from harness.core.scaling import (
    Candidate,
    Coefficient,
    Estimate,
    Goodness,
    HeldOut,
    Law,
    Region,
    Regression,
    SizePoint,
    Subject,
)


def law_objects(laws: Sequence[Law]) -> list[dict[str, Any]]:
    """Describe each law in plain values, units of SI without a prefix."""
    return [_law(law) for law in laws]


def break_even_objects(found: Sequence[BreakEven]) -> list[dict[str, Any]]:
    """Describe each pair of targets in plain values."""
    return [
        {
            **subject_object(one.first),
            "axis": str(one.axis),
            "against": _target(one.second),
            "size": one.size,
            "at": estimate_object(one.at),
            "cheaper_below": one.cheaper_below.backend if one.cheaper_below else None,
            "cheaper_above": one.cheaper_above.backend if one.cheaper_above else None,
            "is_extrapolated": one.is_extrapolated,
            "note": one.note,
        }
        for one in found
    ]


def pay_back_objects(found: Sequence[PayBack]) -> list[dict[str, Any]]:
    """Describe each pair of cases in plain values."""
    return [
        {
            "quick": one.quick.slug,
            "fast": one.fast.slug,
            "inferences": estimate_object(one.inferences),
            "note": one.note,
        }
        for one in found
    ]


def estimate_object(estimate: Estimate | None) -> dict[str, float | None]:
    """Describe a value with its ends; all null where there is none."""
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {
        "value": _finite(estimate.value),
        "low": _finite(estimate.low),
        "high": _finite(estimate.high),
    }


def subject_object(subject: Subject | None) -> dict[str, Any]:
    """Describe what a law is about; empty where it came from a table."""
    if subject is None:
        return {}
    return {
        "family": subject.family,
        "variant": subject.variant,
        **_target(subject),
        "scenario": str(subject.scenario),
        "batch_size": subject.batch_size,
        "metric": subject.metric,
        "unit": subject.unit,
    }


def _target(subject: Subject) -> dict[str, Any]:
    target = subject.target
    return {
        "backend": target.backend,
        "device": target.device,
        "precision": str(target.precision),
        "threads": target.threads,
        "options": dict(target.options),
    }


def _law(law: Law) -> dict[str, Any]:
    return {
        **subject_object(law.subject),
        "overhead": estimate_object(law.overhead),
        "coefficient": estimate_object(law.coefficient),
        "exponent": estimate_object(law.exponent),
        "reference": law.reference,
        "at_reference": estimate_object(law.at_reference),
        "model": law.form and str(law.form),
        "change_point": estimate_object(law.change_point),
        "regions": [_region(region) for region in law.regions],
        "holds": law.holds,
        "reasons": list(law.reasons),
        "held_out": law.held_out and _held_out(law.held_out),
        "goodness": law.goodness and _goodness(law.goodness),
        "candidates": [_candidate(one) for one in law.candidates],
        "regression": law.regression and _regression(law.regression),
        "points": [_point(point) for point in law.points],
        "outliers": [point.size for point in law.outliers],
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "bound": str(region.bound),
        "low": region.low,
        "high": region.high,
        "exponent": estimate_object(region.exponent),
    }


def _held_out(held_out: HeldOut) -> dict[str, Any]:
    return {
        "size": held_out.size,
        "measured": held_out.cost,
        "predicted": estimate_object(held_out.predicted),
        "miss": _finite(held_out.miss),
        "model": str(held_out.form),
        "decades": held_out.decades,
    }


def _goodness(goodness: Goodness) -> dict[str, Any]:
    return {
        "sizes": goodness.sizes,
        "r_squared": goodness.r_squared,
        "residual_spread": goodness.residual_spread,
        "trial_spread": goodness.trial_spread,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "model": str(one.form),
        "numbers": one.numbers,
        "aicc": one.aicc,
        "weight": one.weight,
        "residual_spread": one.residual_spread,
    }


def _regression(found: Regression) -> dict[str, Any]:
    return {
        "n": found.n,
        "r_squared": found.r_squared,
        "rows": [_coefficient(row) for row in found.rows],
        "pearson": _coefficient(found.pearson),
        "spearman": _coefficient(found.spearman),
    }


def _coefficient(row: Coefficient) -> dict[str, Any]:
    return {
        "name": row.name,
        "estimate": row.estimate,
        "standard_error": row.standard_error,
        "t": row.t,
        "p": row.p,
    }


def _point(point: SizePoint) -> dict[str, Any]:
    return {"size": point.size, "cost": point.cost, "spread": _finite(point.spread)}


def _finite(number: float | None) -> float | None:
    """Turn what JSON has no word for into a null."""
    return None if number is None or not math.isfinite(number) else float(number)
