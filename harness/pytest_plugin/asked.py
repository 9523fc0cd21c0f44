"""What one test wants to have measured: a case, and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Final

import pytest

from harness.core.case import Case
from harness.core.errors import UsageError
from harness.core.names import suggestion
from harness.run.expand import expand
from harness.run.plan import Plan, make_plan
from pytest_scalecurve import MARK

AXES: Final = (
    "family",
    "params",
    "preset",
    "module",
    "backend",
    "device",
    "precision",
    "threads",
    "batch_size",
    "scenario",
    "options",
)
SETTINGS: Final = (*AXES, "rounds", "seconds")
"""What a mark may name; a parametrised argument of one of these names is that setting."""

_BACKEND: Final = "eager"
"""Where a mark names none: it comes with the package."""

Conditions = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One case as a test asks for it."""

    case: Case
    plan: Plan
    """Names this case, perhaps among others; says for how long and how often to look."""

    @property
    def conditions(self) -> Conditions:
        """Everything of the plan that is not an axis: only equal ones share a run."""
        values = (getattr(self.plan, field.name) for field in fields(Plan))
        return tuple(value for value in values if not isinstance(value, tuple))


ASKED: Final = pytest.StashKey[Asked]()
"""Where an item that no person wrote keeps what it asks for."""


def asked_for(settings: Mapping[str, object], defaults: Mapping[str, object]) -> Asked:
    """Read the settings of one case.

    Args:
        settings: By name, as in `SETTINGS`; each one value.
        defaults: For those that `settings` does not have.

    Raises:
        UsageError: a name or value that does not exist, or more than one case.
    """
    for name, value in settings.items():
        if name not in SETTINGS:
            raise UsageError(f"unknown setting {name!r}; {suggestion(name, SETTINGS)}")
        if isinstance(value, list | tuple) and name != "options":
            raise UsageError(
                f"{name}: {value!r} is a list, and a test measures one case; use "
                f'@pytest.mark.parametrize("{name}", {list(value)!r})'
            )
    given = {name: value for name, value in settings.items() if value is not None}
    plan = make_plan({"backend": _BACKEND, **defaults, **given})
    cases = expand(replace(plan, control=False))
    if len(cases) > 1:
        slugs = ", ".join(case.slug for case in cases[:3])
        raise UsageError(f"names {len(cases)} cases ({slugs}, ...), and a test measures one")
    return Asked(case=cases[0], plan=plan)


def asked_by(item: pytest.Item, defaults: Mapping[str, object]) -> Asked | None:
    """Return what an item's marks ask for; None where it has none and measures in its body.

    Marks of a module, a class and a function add up, the nearest deciding.

    Raises:
        UsageError: a mark names something that does not exist; the message names the test.
    """
    own = item.stash.get(ASKED, None)
    marks = list(item.iter_markers(MARK))
    if own is not None or not marks:
        return own
    settings: dict[str, object] = {}
    for mark in reversed(marks):
        if mark.args:
            raise UsageError(f"{item.nodeid}: write the mark's settings by name, as in family=...")
        settings.update(mark.kwargs)
    parameters = _parameters(item)
    settings.update({name: parameters[name] for name in SETTINGS if name in parameters})
    if not settings:
        return None
    try:
        return asked_for(settings, defaults)
    except UsageError as error:
        raise UsageError(f"{item.nodeid}: {error}") from None


def may_be_skipped(item: pytest.Item) -> bool:
    """Say whether a mark skips an item, or might: then it is measured only when it does run."""
    conditions = [
        condition
        for mark in item.iter_markers("skipif")
        for condition in (*mark.args, mark.kwargs.get("condition", False))
    ]
    return item.get_closest_marker("skip") is not None or any(map(bool, conditions))


def merged(plans: list[Plan]) -> Plan:
    """Return a plan that names everything these name, under the conditions of the first.

    Its axes tell a reader what was asked for; the cases themselves stand beside it in the header.
    """
    values = {
        field.name: [value for plan in plans for value in getattr(plan, field.name)]
        for field in fields(Plan)
        if isinstance(getattr(plans[0], field.name), tuple) and field.name != "exclude"
    }
    axes = {name: tuple(dict.fromkeys(found)) for name, found in values.items()}
    is_one = all(plan == plans[0] for plan in plans)
    return replace(plans[0], **axes, exclude=plans[0].exclude if is_one else ())  # type: ignore[arg-type]  # its own axes


def _parameters(item: pytest.Item) -> Mapping[str, object]:
    found: Mapping[str, object] = {}
    with suppress(AttributeError):  # only a parametrised function has them
        found = item.callspec.params  # type: ignore[attr-defined]  # of functions alone
    return found
