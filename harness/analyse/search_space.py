"""The points of a search: one network on one target at one batch size, and where each lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from harness.core.case import Case, Scenario
from harness.core.metric import METRICS
from model_zoo.own import is_own
from model_zoo.solve import parameter_count
from model_zoo.spec import ModelSpec

_NOT_AXES: Final = frozenset({"model", "target", "scenario", "replica", "nominal"})
"""Fields of a case that are taken apart, or that no search runs along."""
_OF_A_SCENARIO: Final = frozenset({"rate", "bound"})
"""Fields that only one scenario has."""


@dataclass(frozen=True, slots=True)
class Point:
    """One network on one target, in every scenario that a metric is about."""

    cases: tuple[Case, ...]
    """One a scenario, at least one."""

    @property
    def case(self) -> Case:
        """The first of its cases: what all have in common is in it."""
        return self.cases[0]

    @property
    def slug(self) -> str:
        """Readable identity, without the scenario."""
        return replace(self.case, scenario=Scenario.SINGLE_STREAM).slug


@dataclass(frozen=True, slots=True)
class SearchAxis:
    """One thing in which points differ."""

    name: str
    values: tuple[float | str, ...]
    """Every value once: numbers in growing order, else in the order of the plan."""

    @property
    def is_ordered(self) -> bool:
        """Whether neighbours on the axis are alike."""
        return all(isinstance(value, float) for value in self.values)


@dataclass(frozen=True, slots=True)
class Space:
    """All points of a plan, and the axes along which they lie."""

    points: tuple[Point, ...]
    axes: tuple[SearchAxis, ...]
    """Those with more than one value."""
    places: tuple[tuple[int, ...], ...]
    """By point: the index of its value on each axis."""


def space(cases: Iterable[Case], scenarios: Sequence[Scenario]) -> Space:
    """Lay out the points of a plan's cases.

    Args:
        cases: Of a plan; those that differ in the scenario alone are one point.
        scenarios: That the question is about, at least one.
    """
    found: dict[tuple[Case, ...], Point] = {}
    for case in cases:
        if not case.replica:
            inside = tuple(_in(case, scenario) for scenario in scenarios)
            found.setdefault(inside, Point(inside))
    return laid_out(tuple(found.values()))


def laid_out(points: Sequence[Point]) -> Space:
    """Find the axes along which points differ, and where each lies."""
    facts = [_facts(point.case) for point in points]
    axes = tuple(axis for name in _names(facts) if len((axis := _axis(name, facts)).values) > 1)
    return Space(
        points=tuple(points),
        axes=axes,
        places=tuple(tuple(axis.values.index(fact[axis.name]) for axis in axes) for fact in facts),
    )


def scenarios_of(metrics: Sequence[str], asked: Sequence[str]) -> tuple[Scenario, ...]:
    """Choose the fewest scenarios in which all metrics have values.

    Args:
        metrics: Names; those that no scenario measures do not count.
        asked: Scenarios of the plan, which are taken where there is a choice.
    """
    chosen: list[Scenario] = []
    known = [METRICS[name].scenarios for name in metrics if name in METRICS]
    for able in sorted(known, key=len):
        if not any(one in able for one in chosen):
            chosen.append(next((one for one in able if one in asked), able[0]))
    return tuple(chosen) or (Scenario.SINGLE_STREAM,)


def _in(case: Case, scenario: Scenario) -> Case:
    """Return the case in another scenario; what only its own knows goes."""
    if scenario is case.scenario:
        return case
    usual: dict[str, Any] = {
        one.name: one.default for one in fields(case) if one.name in _OF_A_SCENARIO
    }
    return replace(case, scenario=scenario, **usual)


def _names(facts: Sequence[Mapping[str, float | str]]) -> list[str]:
    return list(dict.fromkeys(name for fact in facts for name in fact))


def _axis(name: str, facts: Sequence[Mapping[str, float | str]]) -> SearchAxis:
    values = dict.fromkeys(fact[name] for fact in facts)
    if all(isinstance(value, float) for value in values):
        return SearchAxis(name, tuple(sorted(values, key=float)))
    return SearchAxis(name, tuple(values))


def _facts(case: Case) -> dict[str, float | str]:
    """Return where a case lies on every axis, whatever fields cases have."""
    parts = [(one.name, getattr(case, one.name)) for one in fields(case)]
    parts += [(one.name, getattr(case.target, one.name)) for one in fields(case.target)]
    flat = {name: _plain(value) for name, value in parts if name not in _NOT_AXES}
    return {**_network(case.model, case.nominal), **flat}


def _network(model: ModelSpec, nominal: int) -> dict[str, float | str]:
    family = f"{model.family} {model.preset}" if is_own(model) else model.family
    size = 0 if is_own(model) else nominal or parameter_count(model)
    return {"family": family, "parameters": float(size), "variant": model.variant}


def _plain(value: Any) -> float | str:  # noqa: ANN401 - any field of a case
    """Return a number as a float, so that its axis is ordered, and anything else as text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else str(value)
