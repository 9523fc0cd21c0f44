"""The pytest plugin's way in: options, the mark, the fixtures. What measures is imported when used.

It stands outside `harness` because pytest loads it in every run of its environment: a folder of the
user's own that took that name must not break runs that measure nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

if TYPE_CHECKING:  # imported only when it is used
    from harness.pytest_plugin.hooks import Measuring
    from harness.pytest_plugin.inference import Inference

Benchmark: TypeAlias = Any
"""The fixture of pytest-benchmark, which has no types."""

MARK: Final = "inference"
BENCH_FIXTURE: Final = "inference_bench"
"""A fixture that only ours asks for: tests that have it use our fixture, not their own."""
_MEASURING: Final = "scalecurve-measuring"
_BENCHMARK_PLUGINS: Final = ("benchmark", "pytest_benchmark.plugin", "pytest_benchmark")
NOT_MEASURED: Final = "inference_not_measured"
"""Property of a test's report: why its case was run once and not measured."""
MACHINE_KEY: Final = "scalecurve"
"""Where this machine's facts stand in pytest-benchmark's `machine_info`."""


class InferenceWarning(pytest.PytestWarning):
    """A verdict against the baseline could not be given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all with the prefix `--inference-`."""
    group = parser.getgroup("inference", "inference benchmarks (scalecurve)")
    add = group.addoption
    add("--inference-out", metavar="DIR", help="Folder for run files. Default: .scalecurve")
    add(
        "--inference-plan",
        metavar="PLAN",
        help="Measure the cases of a plan as tests: a TOML file, or `quick` or `standard`.",
    )
    add(
        "--inference-baseline",
        metavar="PATH",
        help="Run file, or folder of them: a test that fails for each figure that got worse.",
    )
    add(
        "--inference-strict",
        action="store_true",
        help="Fail, not only warn, where the comparison with the baseline decides nothing.",
    )
    add(
        "--inference-metrics",
        metavar="NAMES",
        help="Figures that may fail, comma-separated, such as latency_quiet,peak_rss. "
        "Default: latency, or throughput, in the quiet state",
    )
    add(
        "--inference-experienced",
        action="store_true",
        help="Compare times with the baseline as experienced, not in the quiet state.",
    )
    add(
        "--inference-rounds",
        metavar="N",
        type=int,
        help="Fresh processes for each case that does not say how many. Default: 3",
    )
    add(
        "--inference-seconds",
        metavar="S",
        type=float,
        help="Least sampling time in each process. Default: 0.35",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark and the fixtures known; read the plan and the baseline, where there are any."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(family, params, preset, module, backend, device, precision, threads, batch_size, "
        "scenario, options, rounds, seconds): the network that the fixture `inference` measures.",
    )
    fixtures = _WithTable() if _has_benchmark(config) else _WithoutTable()
    config.pluginmanager.register(fixtures, "scalecurve-fixtures")
    options = (config.getoption("inference_plan"), config.getoption("inference_baseline"))
    if any(options):
        _measuring(config).read_options()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Find out what the tests that are left want to have measured."""
    _require_fixture(items)
    users = [item for item in items if BENCH_FIXTURE in getattr(item, "fixturenames", ())]
    if users:
        _measuring(config).collected(session, users, items)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_compare_machine_info(
    machine_info: dict[str, Any], compared_benchmark: dict[str, Any]
) -> None:
    """Compare our facts of the machine only with a file that has them."""
    machine_info.pop(MACHINE_KEY, None)
    if MACHINE_KEY in compared_benchmark["machine_info"] and not _shadowed():
        from harness.pytest_plugin.machine import machine_facts

        machine_info[MACHINE_KEY] = machine_facts()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which cases were not measured, and why."""
    found = {
        (report.nodeid, str(value))
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
        for name, value in report.user_properties
        if name == NOT_MEASURED
    }
    for reason in sorted({reason for _, reason in found}):
        number = sum(one == reason for _, one in found)
        cases = "1 case was" if number == 1 else f"{number} cases were"
        terminalreporter.write_line(
            f"inference: {cases} built, verified and run once, not measured: {reason}"
        )


class _WithoutTable:
    """The fixtures where pytest-benchmark is not there."""

    @pytest.fixture
    def inference_bench(self, request: pytest.FixtureRequest) -> Measuring:
        """What all measured tests of a session share."""
        return _measuring(request.config)

    @pytest.fixture
    def inference(self, request: pytest.FixtureRequest, inference_bench: Measuring) -> Inference:
        """The measured case of the test's mark; or measure one by `inference.network(...)`."""
        return inference_bench.start(request.node, None)


class _WithTable(_WithoutTable):
    """The fixtures where pytest-benchmark makes tables of what they give."""

    @pytest.fixture
    def inference(
        self, request: pytest.FixtureRequest, inference_bench: Measuring, benchmark: Benchmark
    ) -> Inference:
        """The measured case of the test's mark; or measure one by `inference.network(...)`."""
        return inference_bench.start(request.node, benchmark)


def _has_benchmark(config: pytest.Config) -> bool:
    return any(config.pluginmanager.hasplugin(name) for name in _BENCHMARK_PLUGINS)


def _measuring(config: pytest.Config) -> Measuring:
    """Import what measures, once a session.

    Raises:
        pytest.UsageError: another folder took the name of one of our packages.
    """
    found: Measuring | None = config.pluginmanager.getplugin(_MEASURING)
    if found is None:
        problem = _shadowed()
        if problem:
            raise pytest.UsageError(problem)
        from harness.pytest_plugin import hooks

        found = hooks.Measuring(config, has_table=_has_benchmark(config))
        config.pluginmanager.register(found, _MEASURING)
    return found


def _shadowed() -> str:
    from scalecurve import shadowed

    return shadowed()


def _require_fixture(items: Iterable[pytest.Item]) -> None:
    """Refuse a mark of ours on a test that would silently measure nothing.

    A mark of a whole module or class may well stand over tests that are about something else.
    """
    for item in items:
        marks = [mark for mark in item.own_markers if mark.name == MARK]
        is_ours = any({"family", "preset", "module"} & set(mark.kwargs) for mark in marks)
        if is_ours and MARK not in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(
                f"{item.nodeid}: has the mark `{MARK}` but measures nothing; take the fixture: "
                f"def {item.name.partition('[')[0]}({MARK})"
            )
