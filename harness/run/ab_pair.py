"""One pair: the same case in two live processes that take turns, from fork to both trials."""

from __future__ import annotations

import os
import random
import selectors
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from harness.core.errors import WorkerDied
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Task
from harness.core.trial import Outcome, Side, Status, Trial
from harness.core.wire import decode
from harness.measure.alternate_channel import Pairing
from harness.run.ab_sides import of_side
from harness.run.pool import Pool

_GRACE_S: Final = 5.0
"""What one side gets to end by itself once the other has ended without a trial."""
_SPARE_S: Final = 30.0
"""Beyond the patience of the sides themselves, before both are killed."""

Pools = Mapping[Side, Pool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What one pair needs."""

    tasks: Mapping[Side, Task]
    first: Side
    """The one that has the turn first."""
    patience_s: float
    """How long a side may keep the turn."""
    folder: Path
    """For the pipes between the two."""

    @property
    def case_id(self) -> str:
        """The case that both trials belong to: the base's, whatever the candidate measures."""
        return self.tasks[Side.BASE].case.id

    @property
    def limit_s(self) -> float:
        """Return when both are killed whatever they say, in seconds."""
        sampling = max(task.sampling.max_seconds for task in self.tasks.values())
        return 3 * self.patience_s + sampling + _SPARE_S


def starter(case_id: str, number: int, seed: int) -> Side:
    """Choose who starts in a round: shuffled, each side once in every two rounds."""
    block, place = divmod(number - 1, 2)
    sides = list(Side)
    random.Random(f"{seed}/{case_id}/{block}").shuffle(sides)
    return sides[place]


def take_pair(pools: Pools, contest: Contest) -> list[Trial]:
    """Measure both sides; return their trials, or the trial of the side that broke the pair."""
    with _pipes(contest.folder) as (to_base, to_candidate):
        inboxes = {Side.BASE: str(to_base), Side.CANDIDATE: str(to_candidate)}
        begun: list[Side] = []
        for side in Side:
            pairing = Pairing(
                side=side,
                starts=side is contest.first,
                inbox=inboxes[side],
                outbox=inboxes[_other(side)],
                patience_s=contest.patience_s,
            )
            request = {"task": asdict(contest.tasks[side]), "pair": asdict(pairing)}
            try:
                pools[side].begin(_backend(contest), request)
            except WorkerDied as error:
                _give_up(pools, contest, begun)
                return [_died(contest, side, error.reason)]
            begun.append(side)
        return _collect(pools, contest)


def _collect(pools: Pools, contest: Contest) -> list[Trial]:
    """Wait for whichever ends first, then for the other."""
    deadline = monotonic() + contest.limit_s
    first = _first_to_end(pools, contest)
    found = {first: _trial(pools, contest, first, max(0.0, deadline - monotonic()))}
    second = _other(first)
    whole = found[first].outcome.status is Status.COMPLETED
    limit_s = max(0.0, deadline - monotonic()) if whole else _GRACE_S
    found[second] = _trial(pools, contest, second, limit_s)
    if _code(found[first]) is ReasonCode.OTHER_SIDE_ENDED:
        found[second] = _as_hung(found[second], contest)
    return _blamed(found)


def _as_hung(trial: Trial, contest: Contest) -> Trial:
    """Say what the other side was killed for: not for the grace that it had afterwards."""
    reason = trial.outcome.reason
    if reason is None or reason.code is not ReasonCode.WORKER_TIMED_OUT:
        return trial
    detail = f"{trial.side}: it kept the turn for {contest.patience_s:g} s; it was killed"
    return replace(trial, outcome=replace(trial.outcome, reason=replace(reason, detail=detail)))


def _blamed(found: Mapping[Side, Trial]) -> list[Trial]:
    """Keep both trials, or only that of the side at fault; the other one says nothing by itself."""
    broken = [trial for trial in found.values() if trial.outcome.status is not Status.COMPLETED]
    if not broken:
        return [found[side] for side in Side]
    own = [trial for trial in broken if _code(trial) is not ReasonCode.OTHER_SIDE_ENDED]
    return (own or broken)[:1]


def _code(trial: Trial) -> ReasonCode | None:
    return trial.outcome.reason.code if trial.outcome.reason else None


def _trial(pools: Pools, contest: Contest, side: Side, limit_s: float) -> Trial:
    """Return what a side left, or that it died."""
    try:
        trial = decode(pools[side].collect(_backend(contest), limit_s), Trial)
    except WorkerDied as error:
        return _died(contest, side, error.reason)
    if trial.outcome.reason is not None:
        trial = replace(
            trial, outcome=replace(trial.outcome, reason=of_side(side, trial.outcome.reason))
        )
    return replace(trial, side=side, case_id=contest.case_id)


def _died(contest: Contest, side: Side, reason: Reason) -> Trial:
    task = contest.tasks[side]
    return Trial(
        case_id=contest.case_id,
        round=task.round,
        kind=task.kind,
        started_at=datetime.now(UTC).isoformat(),
        outcome=Outcome(status=Status.FAILED, reason=of_side(side, reason)),
        side=side,
    )


def _give_up(pools: Pools, contest: Contest, begun: list[Side]) -> None:
    """End the side that waits for one that never comes."""
    for side in begun:
        _trial(pools, contest, side, 0.0)


def _first_to_end(pools: Pools, contest: Contest) -> Side:
    """Sleep until one side ends; the base at the limit, whoever hangs is found out then."""
    with selectors.DefaultSelector() as selector:
        for side in Side:
            watched = pools[side].watch(_backend(contest))
            if watched is None:
                return side
            selector.register(watched, selectors.EVENT_READ, side)
        ready = selector.select(contest.limit_s)
    ended: list[Side] = [key.data for key, _ in ready]
    return ended[0] if ended else Side.BASE


def _backend(contest: Contest) -> str:
    return contest.tasks[Side.BASE].case.target.backend


def _other(side: Side) -> Side:
    return Side.CANDIDATE if side is Side.BASE else Side.BASE


@contextmanager
def _pipes(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Make two named pipes for one pair: what an earlier pair left unread is not in them."""
    folder.mkdir(parents=True, exist_ok=True)
    pipes = folder / "to-base", folder / "to-candidate"
    try:
        for pipe in pipes:
            os.mkfifo(pipe, 0o600)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.unlink(missing_ok=True)
