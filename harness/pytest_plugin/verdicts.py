"""Tests that nobody wrote: one for each figure that is held against the baseline, run last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from harness.core.case import Case
from harness.core.comparison import Verdict
from harness.core.errors import HarnessError
from harness.core.trial import Status
from harness.pytest_plugin.asked import Asked
from harness.pytest_plugin.gate import Gate, said
from harness.pytest_plugin.inference import INFERENCE
from pytest_scalecurve import InferenceWarning

NODE: Final = "inference-baseline"


class Worse(Exception):  # noqa: N818 - what is said of a figure
    """A figure is worse than the baseline's, beyond what matters and beyond chance."""


class Undecided(Exception):  # noqa: N818 - what is said of a figure
    """Nothing could be decided, and `--inference-strict` was given."""


class VerdictFile(pytest.Collector):
    """Where the tests stand that nobody wrote."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield nothing: what there is follows from the other tests."""
        return iter(())


class VerdictItem(pytest.Item):
    """A verdict as a test: it fails where a figure got worse."""

    def __init__(self, *, gate: Gate, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        """Take what it is about."""
        super().__init__(**rest)
        self.gate = gate

    def judge(self, case: Case, metric: str) -> None:
        """Fail where the figure got worse; where nothing is decided warn, or fail where strict."""
        found = self.gate.verdict(case, metric)
        if found is None:
            known = self.gate.judged.base.knows(case)
            lacking = f"a value of {metric}, and the run has none either" if known else "this case"
            pytest.skip(f"{case.slug}: the baseline does not have {lacking}")
        text = f"{case.slug} {metric} is {said(found)}"
        moved = self.gate.judged.moved
        if moved:
            self._undecided(f"{text}; but the run proves nothing: {moved}")
        elif found.verdict is Verdict.SLOWER:
            raise Worse(text)
        elif found.verdict is Verdict.INCONCLUSIVE:
            self._undecided(text)

    def _undecided(self, text: str) -> None:
        if self.gate.is_strict:
            raise Undecided(text)
        self.warn(InferenceWarning(text))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - as pytest has it
        """Show the sentence without the way that led to it."""
        if isinstance(excinfo.value, Worse | Undecided | HarnessError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the baseline as the place."""
        return Path(NODE), 0, self.name


class CaseVerdict(VerdictItem):
    """One gated metric of a case that a mark names."""

    def __init__(self, *, asked: Asked, metric: str, **rest: Any) -> None:  # noqa: ANN401 - as above
        """Take what it is about."""
        super().__init__(**rest)
        self.asked = asked
        self.metric = metric

    def runtest(self) -> None:
        """Judge the figure."""
        outcome = self.gate.bench.of(self.asked).record.outcome
        if outcome.status is not Status.COMPLETED:
            pytest.skip(f"{self.asked.case.slug} was not measured: {outcome.reason}")
        self.judge(self.asked.case, self.metric)


class BodyVerdict(VerdictItem):
    """Every gated metric of the case that a test measures in its body."""

    def __init__(self, *, test: pytest.Item, **rest: Any) -> None:  # noqa: ANN401 - as above
        """Take what it is about."""
        super().__init__(**rest)
        self.test = test

    def runtest(self) -> None:
        """Judge every figure; the first that got worse fails it."""
        inference = self.test.stash.get(INFERENCE, None)
        if inference is None or not inference.is_measured:
            pytest.skip(f"{self.test.nodeid} measured nothing in this session")
        case = inference.record.case
        for metric in self.gate.metrics_of(case):
            self.judge(case, metric)


def verdict_items(
    session: pytest.Session, gate: Gate, dynamic: Iterable[pytest.Item]
) -> list[pytest.Item]:
    """Make a test for each gated figure of what marks name, and one for each test that measures.

    Args:
        session: Whose tests they join.
        gate: Knows the cases of the marks.
        dynamic: Tests that measure in their body.
    """
    place = VerdictFile.from_parent(session, name=NODE, nodeid=NODE)
    cases = {one.case.id: one for one in gate.foreseen}
    found: list[pytest.Item] = [
        CaseVerdict.from_parent(
            place, name=f"{one.case.slug} {metric}", gate=gate, asked=one, metric=metric
        )
        for one in cases.values()
        for metric in gate.metrics_of(one.case)
    ]
    return found + [
        BodyVerdict.from_parent(place, name=f"in {item.nodeid}", gate=gate, test=item)
        for item in dynamic
    ]
