"""Measuring some cases of a search's run at a time, into its one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.analyse.records import records
from harness.analyse.search_space import Space
from harness.core.case import Case
from harness.core.record import Record
from harness.core.run import Run, RunEnd
from harness.core.trial import Pass, Status, Trial
from harness.run import start
from harness.run.artifacts import gather
from harness.run.material import Material
from harness.run.own import require_unchanged
from harness.run.session import Session, Writer
from harness.run.start import Places


@dataclass(slots=True)
class Keeping:
    """Writes trials, and keeps them for the answer."""

    writer: Writer
    trials: list[Trial]

    def append_trial(self, trial: Trial) -> None:
        """Write one trial, and keep it."""
        self.writer.append_trial(trial)
        self.trials.append(trial)

    def finish(self, end: RunEnd) -> None:
        """Write the last line."""
        self.writer.finish(end)


@dataclass(slots=True)
class SearchSession(Session):
    """A session of which a part is measured at a time."""

    coming: int = 0
    """Trials that the whole search may take."""

    def left(self) -> int:
        """Return the number of trials that may still be taken."""
        return max(0, self.coming - self.ended)


@dataclass(slots=True)
class Measuring:
    """Makes what cases start from, measures them, and gives their records."""

    session: SearchSession
    run: Run
    """Header and path of the file, with the trials that it held before."""
    trials: list[Trial]
    cache: Path
    material: dict[str, Material] = field(default_factory=dict)

    def __call__(self, cases: Sequence[Case]) -> Mapping[str, Record]:
        """Measure cases as the plan says; those that are measured already are not again."""
        session, header = self.session, self.run.header
        session.header = replace(header, cases=tuple(cases))
        self._gather([case for case in session.live_cases() if case.id not in self.material])
        for number in range(1, header.rounds + 1):
            session.round(number)
        for number in range(1, header.rounds + 1):
            session.energy(number)
        session.memory()
        return self.records(cases)

    def records(self, cases: Sequence[Case]) -> Mapping[str, Record]:
        """Work out cases, by the quiet level that all trials so far give."""
        wanted = {case.id for case in cases}
        run = replace(self.run, trials=tuple(self.trials))
        return {one.case.id: one for one in records(run) if one.case.id in wanted}

    def before(self, space: Space) -> Mapping[int, Mapping[str, Record]]:
        """Return the records of points that the file has in full, in the order measured."""
        self.session.header = self.run.header
        owed = {key[0] for key in set(self.session.expected()) - self.session.done}
        seen = {trial.case_id for trial in self.trials} | set(self.run.header.skipped)
        full = {
            place: self.records(point.cases)
            for place, point in enumerate(space.points)
            if all(case.id in seen and case.id not in owed for case in point.cases)
        }
        began = {trial.case_id: turn for turn, trial in reversed([*enumerate(self.trials)])}
        turns = {place: began.get(space.points[place].case.id, 0) for place in full}
        return {place: full[place] for place in sorted(full, key=lambda one: turns[one])}

    def finish(self, places: Places) -> None:
        """Close the file, and remember the level that the machine showed."""
        session = self.session
        session.header = self.run.header
        end = RunEnd(
            finished_at=datetime.now(UTC).isoformat(),
            level=session.own_level(),
            phases_ns=session.spent,
        )
        session.writer.finish(end)
        start.keep_level(end, session, places)

    def _gather(self, cases: Sequence[Case]) -> None:
        """Make what cases start from; those that cannot have it have failed."""
        with self.session.timed("artifacts"):
            found = gather(cases, self.cache, self.session.listener.message)
        require_unchanged(replace(self.run, trials=tuple(self.trials)), found)
        for case in cases:
            thing = found[case.id]
            if isinstance(thing, Material):
                self.material[case.id] = thing
            else:
                self.session.fail(case, thing)


def measuring(run: Run, session: SearchSession, trials: list[Trial], cache: Path) -> Measuring:
    """Put together what measures; a run that goes on gives what it has measured.

    Args:
        run: As it was read, or its header alone.
        session: Whose writer keeps `trials`.
        trials: All that the file holds, and will hold.
        cache: Folder of exported networks.
    """
    ended = (Status.FAILED, Status.SKIPPED)
    timing = [trial for trial in run.trials if trial.kind is Pass.TIMING]
    session.done |= {(trial.case_id, trial.round, trial.kind) for trial in run.trials}
    session.failed |= {trial.case_id for trial in timing if trial.outcome.status in ended}
    for trial in run.trials:
        session.native += trial.timeline.probes.native_ns if trial.timeline else ()
    session.resumed = len(session.done)
    found = Measuring(session, replace(run, trials=()), trials, cache)
    session.material = found.material
    return found
