"""A plan's cases as tests, without any test code: what `--inference-plan` collects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from harness.pytest_plugin.asked import ASKED, Asked
from harness.run.expand import expand
from harness.run.plan import PACKAGED, read_plan
from pytest_scalecurve import MARK

if TYPE_CHECKING:
    from harness.pytest_plugin.inference import Inference

WANTED: Final = pytest.StashKey[tuple[Asked, ...]]()
"""In the configuration: the cases of the plan."""


def read_cases(name: str, defaults: dict[str, Any]) -> tuple[Asked, ...]:
    """Read a plan, and return what its cases ask for; the control is added to every run.

    Raises:
        UsageError: no such plan, or it names something that does not exist.
    """
    plan = replace(read_plan(name), **defaults)
    return tuple(Asked(case=case, plan=plan) for case in expand(replace(plan, control=False)))


def plan_path(name: str, folder: Path) -> Path:
    """Return where a plan stands; one that comes with the package, in the package."""
    if name in PACKAGED:
        return Path(str(files("harness"))) / "plans" / f"{name}.toml"
    return (folder / name).resolve()


def plan_file(parent: pytest.Collector, path: Path) -> PlanFile:
    """Make the collector of a plan; one that comes with the package goes by its name."""
    is_packaged = path == plan_path(path.stem, path.parent)  # else it would have its suffix
    named: dict[str, Any] = {"nodeid": path.stem} if is_packaged else {}
    found: PlanFile = PlanFile.from_parent(parent, path=path, **named)
    return found


class PlanFile(pytest.File):
    """A plan, collected like a file of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case."""
        for asked in self.config.stash[WANTED]:
            item = PlanItem.from_parent(self, name=asked.case.slug, callobj=_case_of_a_plan)
            item.stash[ASKED] = asked
            item.add_marker(MARK)
            yield item


class PlanItem(pytest.Function):
    """A case of a plan: a test that takes the fixture and does nothing with it."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the plan as the place, not the function that stands for every case."""
        return self.path, 0, self.name


def _case_of_a_plan(inference: Inference) -> None:
    """Measure; whoever wants to look at the figures writes a test."""
