"""The hooks of a session that measures: when what is measured, shown and judged."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from harness.core.errors import HarnessError, UsageError
from harness.environment.describe import describe
from harness.pytest_plugin.asked import Asked, asked_by, asked_for, may_be_skipped
from harness.pytest_plugin.baselines import list_baselines
from harness.pytest_plugin.bench import DEFAULT_FOLDER, Bench, Measured, on_stderr, silent
from harness.pytest_plugin.gate import Gate, settings_of
from harness.pytest_plugin.inference import INFERENCE, Inference
from harness.pytest_plugin.machine import machine_facts
from harness.pytest_plugin.plan_file import WANTED, PlanFile, plan_file, plan_path, read_cases
from harness.pytest_plugin.replay import Benchmark, ReplayTimer
from harness.pytest_plugin.section import write_section, write_verdicts
from harness.pytest_plugin.verdicts import verdict_items
from harness.run.start import Places
from harness.store.calibration import stored_floors
from harness.store.level import state_folder
from model_zoo.export.cache import default_root
from pytest_scalecurve import BENCH_FIXTURE, MACHINE_KEY, NOT_MEASURED

_SIDE_BY_SIDE: Final = "xdist runs tests side by side (-n), which disturbs every figure"
_TIMER: Final = pytest.StashKey[ReplayTimer]()


class Measuring:
    """What a session measures; registered once something asks for it."""

    def __init__(self, config: pytest.Config, *, has_table: bool) -> None:
        """Read what the session's options say.

        Args:
            config: The session's.
            has_table: Whether pytest-benchmark is there.
        """
        self.config = config
        self.has_table = has_table
        self.not_measured = _not_measured(config)
        given = {name: config.getoption(f"inference_{name}") for name in ("rounds", "seconds")}
        self.defaults = {name: value for name, value in given.items() if value is not None}
        quiet = config.getoption("verbose") < 0
        self.bench = Bench(
            places=_places(config),
            command=("pytest", *config.invocation_params.args),
            import_root=config.rootpath,
            listen=silent if quiet else on_stderr,
        )
        self.gate: Gate | None = None
        self.plan_path: Path | None = None
        self.asked: dict[str, Asked] = {}
        """By node id: what tests ask for in their marks."""

    def read_options(self) -> None:
        """Read plan and baseline, so that what is wrong with them ends the session at once."""
        plan, baseline = map(self.config.getoption, ("inference_plan", "inference_baseline"))
        with usage_errors():
            if plan is not None:
                self._read_plan(plan)
            if baseline is not None:
                self.gate = self._gate(self.config.invocation_params.dir / baseline)

    def _read_plan(self, name: str) -> None:
        self.config.stash[WANTED] = read_cases(name, self.defaults)
        self.plan_path = plan_path(name, self.config.invocation_params.dir)
        if not hasattr(self.config, "workerinput"):  # xdist hands its arguments on
            self.config.args.append(str(self.plan_path))

    def _gate(self, place: Path) -> Gate:
        """Find out what there is to be held against, before this session adds to it."""
        is_spread = self.config.getoption("dist", default="no") != "no"
        reason = self.not_measured or (_SIDE_BY_SIDE if is_spread else "")
        if reason:
            raise UsageError(f"--inference-baseline needs measurements: {reason}")
        here = describe()
        settings = settings_of(
            self.config.getoption("inference_metrics"),
            experienced=self.config.getoption("inference_experienced"),
        )
        return Gate(
            baselines=list_baselines(place, here, settings),
            bench=self.bench,
            floors=stored_floors(self.bench.places.state, here.hard_keys),
            settings=settings,
            is_strict=self.config.getoption("inference_strict"),
        )

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> PlanFile | None:
        """Collect the plan."""
        if file_path != self.plan_path:
            return None
        return plan_file(parent, file_path)

    def collected(
        self, session: pytest.Session, users: Sequence[pytest.Item], items: list[pytest.Item]
    ) -> None:
        """Read what every test asks for; all of it is checked before the first one runs."""
        with usage_errors():
            for item in users:
                asked = asked_by(item, self.defaults)
                if asked is not None:
                    self.asked[item.nodeid] = asked
            if self.gate is not None:
                live = [item for item in users if not may_be_skipped(item)]
                known = [self.asked[item.nodeid] for item in live if item.nodeid in self.asked]
                self.gate.foresee(known)
                dynamic = [item for item in live if item.nodeid not in self.asked]
                items += verdict_items(session, self.gate, dynamic)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Measure everything that is known by now in one run, then let the tests look at it."""
        if self._may_measure(session):
            live = [item for item in session.items if not may_be_skipped(item)]
            wanted = [self.asked[item.nodeid] for item in live if item.nodeid in self.asked]
            with usage_errors():
                self.bench.measure(wanted)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give pytest-benchmark a clock that plays samples, beside what the user's mark says."""
        if not (self.has_table and BENCH_FIXTURE in getattr(item, "fixturenames", ())):
            return
        if _TIMER in item.stash:
            return  # it is run once more, as plugins do with flaky tests
        mark = item.get_closest_marker("benchmark")
        given = dict(mark.kwargs) if mark else {}
        if "timer" in given:
            pytest.fail("inference has a clock of its own: take `timer` out", pytrace=False)
        timer = item.stash[_TIMER] = ReplayTimer()
        item.add_marker(pytest.mark.benchmark(timer=timer, **given), append=False)

    def start(self, item: pytest.Item, benchmark: Benchmark | None) -> Inference:
        """Make what the fixture gives to one test."""
        inference = Inference(
            measure=partial(self._measure, item),
            read=lambda settings: asked_for(settings, self.defaults),
            not_measured=self.not_measured,
            replay=None if benchmark is None else (benchmark, item.stash[_TIMER]),
        )
        item.stash[INFERENCE] = inference
        return inference

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Take the case of the test's mark: a skip or a failure is the test's own."""
        inference = item.stash.get(INFERENCE, None)
        asked = self.asked.get(item.nodeid)
        if inference is not None and asked is not None:
            inference.take(asked)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was measured, in full."""
        if self.bench.runs:
            write_section(terminalreporter, self.bench, has_table=self.has_table)
        if self.gate is not None:
            write_verdicts(terminalreporter, self.gate.judged if self.gate.has_judged else None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides whether two files are comparable."""
        if self.bench.runs:
            machine_info[MACHINE_KEY] = machine_facts(self.bench.runs[-1].header.environment)

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        """Add where the raw data is, and the versions that it was taken with."""
        if self.bench.runs:
            environment = self.bench.runs[-1].header.environment
            output_json[MACHINE_KEY] = {
                "run_files": [run.path for run in self.bench.runs],
                "versions": dict(environment.versions),
                "source": dict(environment.source),
            }

    def _may_measure(self, session: pytest.Session) -> bool:
        """Say whether the tests will run at all, and may be measured."""
        option = session.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        looks_only = option.collectonly or option.setuponly or option.setupplan
        return not (self.not_measured or broken or looks_only)

    def _measure(self, item: pytest.Item, asked: Asked) -> Measured:
        if not self.not_measured:
            return self.bench.of(asked)
        item.user_properties.append((NOT_MEASURED, self.not_measured))
        return self.bench.once(asked)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn our errors into pytest's: one line, no traceback, exit status 4."""
    try:
        yield
    except HarnessError as error:
        raise pytest.UsageError(f"inference: {error}") from None


def _not_measured(config: pytest.Config) -> str:
    """Say why this session takes no measurements; empty where it does."""
    if hasattr(config, "workerinput"):
        return _SIDE_BY_SIDE
    is_disabled = config.getoption("benchmark_disable", default=False)
    if is_disabled and not config.getoption("benchmark_enable", default=False):
        return "--benchmark-disable"
    return ""


def _places(config: pytest.Config) -> Places:
    given = config.getoption("inference_out")
    out = config.invocation_params.dir / given if given else config.rootpath / DEFAULT_FOLDER
    return Places(out=out, cache=default_root(), state=state_folder())
