"""From a plan to cases: the product of its axes, less what it leaves out, plus the control."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import product
from typing import TypeVar

from harness.backends.registry import entry
from harness.core.case import Case, Precision, Scenario, Target, parse_device
from harness.core.errors import UsageError
from harness.core.names import suggestion
from harness.run.axes import loads, splits, with_inter_op
from harness.run.own_specs import batch_sizes, own_names, own_specs
from harness.run.plan import Plan
from harness.run.variants import varied
from model_zoo.families import FAMILIES
from model_zoo.presets import preset
from model_zoo.solve import smallest, solve
from model_zoo.spec import ModelSpec
from model_zoo.train.shape import shape

E = TypeVar("E", bound=StrEnum)


def expand(plan: Plan) -> tuple[Case, ...]:
    """Return the cases of a plan, each once, the control last.

    Raises:
        UsageError: a name that does not exist, or a size that a family cannot reach.
    """
    _check_exclusions(plan)
    options = _options(plan)
    cases: dict[str, Case] = {}
    targets = list(_targets(plan, options))
    scenarios = [_member(Scenario, "scenario", name) for name in plan.scenario]
    arrivals = [load for scenario in scenarios for load in loads(plan, scenario)]
    for wanted, (target, processes), load, batch_size in product(
        list(varied(_models(plan), plan.variant)), targets, arrivals, batch_sizes(plan)
    ):
        case = Case(
            model=wanted.model,
            target=wanted.on(target),
            **load._asdict(),
            batch_size=batch_size,
            nominal=wanted.nominal,
            processes=processes,
        )
        if not any(_matches(case, rule) for rule in plan.exclude):
            cases.setdefault(case.id, case)
    if not cases:
        raise UsageError("the plan leaves out every case that it names")
    chosen = [control(list(cases.values()))] if plan.control else []
    return (*cases.values(), *chosen)


def _targets(
    plan: Plan, options: Mapping[str, tuple[tuple[str, str], ...]]
) -> Iterator[tuple[Target, int]]:
    """Yield every target, with how many processes run it at the same time."""
    for backend, device, precision, split, inter_op in product(
        plan.backend, plan.device, plan.precision, splits(plan), plan.inter_op
    ):
        target = Target(
            backend=_backend(backend),
            device=_device(device),
            precision=_member(Precision, "precision", precision),
            threads=split.threads,
            options=with_inter_op(options.get(backend, ()), inter_op),
        )
        yield target, split.processes


def control(cases: Sequence[Case]) -> Case:
    """Choose one case to be measured twice: on the first device, which is the CPU in most plans."""
    device = cases[0].target.device
    here = [case for case in cases if case.target.device == device]
    single = [case for case in here if case.scenario is Scenario.SINGLE_STREAM] or here
    return replace(single[len(single) // 2], replica=1)


def _models(plan: Plan) -> Iterator[tuple[ModelSpec, int]]:
    for name in plan.preset:
        try:
            yield preset(name), 0
        except ValueError as error:
            raise UsageError(f"preset: {error}") from None
    yield from ((spec, 0) for spec in own_specs(plan))
    for family in plan.family:
        _family(family)
        fixed = _shape(plan, family)
        for size in _sizes(plan, smallest(family, fixed)):
            try:
                yield solve(family, size, fixed), size
            except ValueError as error:
                raise UsageError(f"params: {error}") from None


def _shape(plan: Plan, family: str) -> Mapping[str, int]:
    """Return the sizes that the plan's data set asks of a family."""
    if not plan.data:
        return {}
    try:
        return shape(plan.data, family)
    except ValueError as error:
        raise UsageError(f"data: {error}") from None


def _sizes(plan: Plan, least: int) -> Iterator[int]:
    for text in plan.params:
        first, dots, last = text.partition("..")
        if dots:
            yield from _half_decades(_size(first), _size(last), least)
        else:
            yield _size(text)


def _half_decades(first: int, last: int, least: int) -> Iterator[int]:
    """Yield two sizes a decade from `first` to `last`; the family's least instead of smaller."""
    if last < first:
        raise UsageError(f"params: {first:.3g}..{last:.3g} ends before it begins")
    steps = round(2 * math.log10(last / first))
    grades = [round(first * 10 ** (step / 2)) for step in range(steps + 1)]
    if any(grade < least for grade in grades):
        yield least
    yield from (grade for grade in grades if grade >= least)


def _size(text: str) -> int:
    try:
        size = float(text.replace("_", ""))
    except ValueError:
        raise UsageError(f"params: {text!r} is not a number such as 1e6") from None
    if not (math.isfinite(size) and size >= 1):
        raise UsageError(f"params: {text!r} is no number of parameters")
    return round(size)


def _family(name: str) -> None:
    if name not in FAMILIES:
        raise UsageError(f"family: no family {name!r}; {suggestion(name, FAMILIES)}")


def _backend(name: str) -> str:
    entry(name)
    return name


def _device(text: str) -> str:
    try:
        return parse_device(text)
    except ValueError as error:
        raise UsageError(f"device: {error}") from None


def _member(kind: type[E], key: str, name: str) -> E:
    if name not in list(kind):
        raise UsageError(f"{key}: no {key} {name!r}; {suggestion(name, map(str, kind))}")
    return kind(name)


def _options(plan: Plan) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, dict[str, str]] = {}
    for text in plan.options:
        backend, dot, rest = text.partition(".")
        name, equals, value = rest.partition("=")
        if not (dot and equals and name):
            raise UsageError(f"options: {text!r} is not of the form backend.name=value")
        found.setdefault(_backend(backend), {})[name] = value
    return {backend: tuple(sorted(pairs.items())) for backend, pairs in found.items()}


def _matches(case: Case, rule: Mapping[str, tuple[str, ...]]) -> bool:
    target = case.target
    facts = {
        "family": case.model.family,
        "params": str(case.nominal),
        **own_names(case.model),
        "variant": case.model.variant or "none",
        "backend": target.backend,
        "device": target.device,
        "precision": target.precision,
        "threads": str(target.threads),
        "batch_size": str(case.batch_size),
        "scenario": case.scenario,
        "split": case.split,
    }
    return all(facts[key] in [_plain(key, text) for text in wanted] for key, wanted in rule.items())


def _plain(key: str, text: str) -> str:
    """Write a size or a device as a case has it, and leave a name as it is."""
    if key == "device":
        return _device(text)
    return str(_size(text)) if key == "params" else text


def _check_exclusions(plan: Plan) -> None:
    """Refuse an exclusion of something that does not exist: it would silently leave nothing out."""
    for rule in plan.exclude:
        for name in rule.get("family", ()):
            _family(name)
        for name in rule.get("backend", ()):
            _backend(name)
        for name in rule.get("scenario", ()):
            _member(Scenario, "scenario", name)
        for name in rule.get("precision", ()):
            _member(Precision, "precision", name)
