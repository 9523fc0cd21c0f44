"""Which earlier runs this session is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.analyse.baseline import Baseline, Choice, named_baseline, newest_baseline
from harness.analyse.compare.measured import Measured
from harness.analyse.compare.settings import Settings
from harness.analyse.reduced import Reduced, reduced
from harness.core.case import Case
from harness.core.errors import NotComparable
from harness.core.run import SCHEMA_VERSION, Environment, RunHeader
from harness.store.header import newest_first
from harness.store.read import find_runs, read_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The runs that some cases are held against, each only with the cases it was chosen for."""

    runs: tuple[Reduced, ...]
    warnings: tuple[str, ...]
    """What makes them stale; to be said loudly."""

    def knows(self, case: Case) -> bool:
        """Say whether there is a baseline of a case."""
        return any(case.id == known.id for run in self.runs for known in run.header.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """What was there before this session measured anything."""

    place: Path
    """As it was asked for."""
    settings: Settings
    """What is compared."""
    named: Reduced | None
    """The run that was asked for by name; None where a folder was."""
    paths: tuple[Path, ...]
    environment: Environment
    """Of this session."""
    started_at: str
    """Of this session, ISO 8601 in UTC: its own runs are newer and never chosen."""

    def choose(self, cases: Iterable[Case]) -> Chosen:
        """Take, for each case, the newest comparable run that has it, or the one that was named.

        Raises:
            NotComparable: there is none for any of them; the message names how the nearest differs.
        """
        left = {case.id: case for case in cases}
        found: list[Baseline] = []
        runs: list[Reduced] = []
        while left:
            try:
                baseline = self._choose(tuple(left.values()))
            except NotComparable:
                if not found:
                    raise
                break
            found.append(baseline)
            runs.append(_only(baseline.run, left))
            known = {case.id for case in baseline.run.header.cases}
            left = {key: case for key, case in left.items() if key not in known}
            if self.named is not None:
                break
        warnings = (text for one in found for text in one.warnings)
        return Chosen(runs=tuple(runs), warnings=tuple(dict.fromkeys(warnings)))

    def holds(self, folder: Path) -> bool:
        """Say whether what is written to a folder will be among the next session's baselines."""
        return self.named is None and self.place.resolve() in {
            folder.resolve(),
            *folder.resolve().parents,
        }

    def _choose(self, cases: tuple[Case, ...]) -> Baseline:
        asking = self._header(cases)
        if self.named is not None:
            return named_baseline(self.named, asking, Choice())
        return newest_baseline(newest_first(self.paths), asking, Choice(), self._read)

    def _read(self, path: Path) -> Reduced:
        return reduced(read_run(path), self.settings)

    def _header(self, cases: tuple[Case, ...]) -> RunHeader:
        """Describe the run that this session is about to make."""
        return RunHeader(
            schema_version=SCHEMA_VERSION,
            run_id="",
            started_at=self.started_at,
            command=(),
            plan={},
            rounds=1,
            seed=0,
            environment=self.environment,
            cases=cases,
            parameter_counts={},
        )


def list_baselines(
    place: Path, environment: Environment, settings: Settings, now: datetime | None = None
) -> Baselines:
    """Look at a run file, or at all run files of a folder.

    Raises:
        StoreError: there is no run.
    """
    paths = tuple(find_runs([place]))
    return Baselines(
        place=place,
        settings=settings,
        named=None if place.is_dir() else reduced(read_run(place), settings),
        paths=paths,
        environment=environment,
        started_at=(now or datetime.now(UTC)).isoformat(),
    )


def restricted(measured: Measured, cases: Sequence[Case]) -> Measured:
    """Leave out all other cases."""
    ids = {case.id for case in cases}
    return replace(
        measured,
        cases=tuple(case for case in measured.cases if case.id in ids),
        values={key: value for key, value in measured.values.items() if key[0] in ids},
        reasons={key: reason for key, reason in measured.reasons.items() if key[0] in ids},
        unsteady={key: text for key, text in measured.unsteady.items() if key in ids},
    )


def _only(run: Reduced, wanted: Mapping[str, Case]) -> Reduced:
    """Leave out cases that other runs are the baseline of; the control stays beside its twin."""
    kept = tuple(case for case in run.header.cases if replace(case, replica=0).id in wanted)
    header = replace(run.header, cases=kept)
    return replace(run, header=header, measured=restricted(run.measured, kept))
