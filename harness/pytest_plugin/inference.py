"""What the fixture `inference` gives to a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from harness.core.errors import HarnessError, UsageError
from harness.core.metric import METRICS
from harness.core.names import suggestion
from harness.core.record import Record
from harness.core.trial import Outcome, Status
from harness.pytest_plugin.asked import Asked
from harness.pytest_plugin.bench import Measured
from harness.pytest_plugin.own import reference_of
from harness.pytest_plugin.replay import Benchmark, ReplayTimer, play, play_failure
from harness.report.rows import as_objects

Measure = Callable[[Asked], Measured]


class Inference:
    """The measured case of one test.

    `inference.value("latency_p99")` is a number in SI units; `inference.record` has all of them
    with their intervals, and the reasons of those that are missing.
    """

    def __init__(
        self,
        *,
        measure: Measure,
        read: Callable[[dict[str, object]], Asked],
        not_measured: str,
        replay: tuple[Benchmark, ReplayTimer] | None,
    ) -> None:
        """Prepare for one test.

        Args:
            measure: Measures a case, or finds what was measured.
            read: Reads settings as those of a mark.
            not_measured: Why this session takes no measurements; empty where it does.
            replay: The fixture and the clock of pytest-benchmark, where it is there.
        """
        self._measure = measure
        self._read = read
        self._not_measured = not_measured
        self._replay = replay
        self._has_row = False
        self._measured: Measured | None = None

    @property
    def enabled(self) -> bool:
        """Whether this session measures; where it does not, there are no figures."""
        return not self._not_measured

    @property
    def is_measured(self) -> bool:
        """Whether there is a record."""
        return self._measured is not None

    @property
    def record(self) -> Record:
        """Every figure of the case."""
        if self._measured is None:
            raise self._failure(
                "nothing was measured: mark the test, as in @pytest.mark.inference(family='mlp', "
                "params=1e6), or call inference.network('package.module:factory') first"
            )
        return self._measured.record

    def value(self, metric: str) -> float:
        """Return a figure in SI units; fail where it is missing, and say why.

        Where the session measures nothing, the test ends here, skipped.
        """
        if metric not in METRICS:
            raise self._failure(f"no metric {metric!r}; {suggestion(metric, METRICS)}")
        found = self.record.values[metric]
        if not self.enabled:
            pytest.skip(f"no figures: {self._not_measured}")
        if found.value is None:
            hint = found.reason.hint if found.reason else ""
            told = f"{metric} has no value: {found.reason}{f'; {hint}' if hint else ''}"
            raise self._failure(told)
        return found.value

    def measure(self, **settings: object) -> Record:
        """Measure a case named by the settings of the mark, and return its figures."""
        if self._measured is not None:
            raise self._failure(
                "one test measures one case; this one has measured before, or has the mark"
            )
        try:
            asked = self._read(settings)
        except UsageError as error:
            raise self._failure(str(error)) from None
        self.take(asked)
        return self.record

    def network(self, factory: object, **settings: object) -> Record:
        """Measure a network of your own.

        Args:
            factory: `package.module:factory`, or that function. Called with no arguments, in a
                process of its own, it gives a module and its example inputs.
            **settings: Those of the mark, for example `backend="onnxruntime"`.
        """
        try:
            reference = reference_of(factory)
        except UsageError as error:
            raise self._failure(str(error)) from None
        return self.measure(module=reference, **settings)

    def take(self, asked: Asked) -> None:
        """Measure this, and hand it to pytest-benchmark; skip or fail as the case did."""
        try:
            measured = self._measured = self._measure(asked)
        except HarnessError as error:
            raise self._failure(str(error)) from None
        outcome = measured.record.outcome
        if outcome.status is Status.SKIPPED:
            pytest.skip(f"{asked.case.slug}: {explained(outcome)}")
        if outcome.status is Status.FAILED:
            raise self._failure(f"{asked.case.slug}: {explained(outcome)}")
        if self.enabled and not measured.samples_s:
            raise self._failure(
                f"{asked.case.slug}: no sample is left without its warm-up; give it more seconds"
            )
        self._fill_row(measured)

    def _fill_row(self, measured: Measured) -> None:
        self._has_row = True
        if self._replay is None:
            return
        benchmark, timer = self._replay
        if self.enabled:
            benchmark.extra_info.update(extra_info(measured))
        play(benchmark, timer, measured.samples_s or (0.0,))

    def _failure(self, text: str) -> BaseException:
        """Make what ends the test with this text and no traceback."""
        if self._replay is not None and not self._has_row:
            play_failure(*self._replay, text)
        self._has_row = True
        return pytest.fail.Exception(text, pytrace=False)


def extra_info(measured: Measured) -> dict[str, object]:
    """Return what pytest-benchmark has no column for: every figure, setting and reason."""
    (described,) = as_objects([measured.record])
    return {"case": measured.record.case.slug, "run_file": measured.run.path, **described}


def explained(outcome: Outcome) -> str:
    """Say why a case has no figures: reason, what to do, and the traceback where there is one."""
    reason = outcome.reason
    said = str(reason) if reason else str(outcome.status)
    hint = f"; {reason.hint}" if reason and reason.hint else ""
    return f"{said}{hint}\n{outcome.traceback}".strip()


INFERENCE: Final = pytest.StashKey[Inference]()
"""In an item: what the fixture gave to its test."""
