"""One pair with made-up servers: who is blamed for what, and who is waited for how long."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.core.case import Case, Target
from harness.core.errors import WorkerDied
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Sampling, Task
from harness.core.trial import Outcome, Pass, Side, Status, Trial
from harness.core.wire import encode
from harness.run.ab_pair import Contest, take_pair
from model_zoo.export.artifact import no_file
from model_zoo.solve import solve

CASE = Case(model=solve("mlp", 10_000), target=Target(backend="fake"))
OTHER = replace(CASE, batch_size=2)
COMPLETED = Outcome(status=Status.COMPLETED)
GONE = WorkerDied(ReasonCode.WORKER_CRASHED, "it ended with signal SIGSEGV")
LATE = WorkerDied(ReasonCode.WORKER_TIMED_OUT, "no answer in 5 s; it was killed")


def task(case=CASE) -> Task:
    artifact = no_file(case.model)
    return Task(
        case=case,
        round=3,
        kind=Pass.TIMING,
        artifact=artifact,
        reference="",
        depth=1,
        widest=1,
        lower_bound=0,
        sampling=Sampling(min_seconds=1, max_seconds=4),
    )


def trial(case=CASE, code=None, status=Status.FAILED) -> Trial:
    outcome = COMPLETED if code is None else Outcome(status=status, reason=Reason(code=code))
    return Trial(
        case_id=case.id,
        round=3,
        kind=Pass.TIMING,
        started_at=datetime.now(UTC).isoformat(),
        outcome=outcome,
    )


SURVIVED = trial(code=ReasonCode.OTHER_SIDE_ENDED)


@dataclass
class FakePool:
    """Gives one reply, or raises it; its pipe can be read where it has ended."""

    reply: Trial | WorkerDied
    ended: bool | None = True
    """None where nobody has to look: it had ended before it was asked."""
    refuses: WorkerDied | None = None
    requests: list[Any] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    pipe: tuple[int, int] = field(default_factory=os.pipe)

    def begin(self, backend, request):
        self.requests.append((backend, request))
        if self.refuses:
            raise self.refuses

    def watch(self, backend):
        del backend
        if self.ended:
            os.write(self.pipe[1], b"x")
        return None if self.ended is None else self.pipe[0]

    def collect(self, backend, limit_s):
        del backend
        self.limits.append(limit_s)
        if isinstance(self.reply, WorkerDied):
            raise self.reply
        return encode(self.reply)

    def close(self):
        for end in self.pipe:
            os.close(end)


@pytest.fixture
def pair(tmp_path):
    opened = []

    def take(base, candidate, *, patience_s=7.0, candidate_case=CASE, first=Side.BASE):
        opened.extend((base, candidate))
        contest = Contest(
            tasks={Side.BASE: task(), Side.CANDIDATE: task(candidate_case)},
            first=first,
            patience_s=patience_s,
            folder=tmp_path / "pair",
        )
        return take_pair({Side.BASE: base, Side.CANDIDATE: candidate}, contest)

    yield take
    for pool in opened:
        pool.close()
    if (tmp_path / "pair").exists():
        assert not list((tmp_path / "pair").iterdir())


def test_two_whole_trials_come_back_base_first_with_their_sides(pair):
    for ended in ((True, False), (False, True), (None, False), (False, None)):
        found = pair(FakePool(trial(), ended[0]), FakePool(trial(), ended[1]))
        assert [one.side for one in found] == [Side.BASE, Side.CANDIDATE]


def test_what_the_candidate_measures_instead_counts_for_the_case(pair):
    found = pair(FakePool(trial()), FakePool(trial(OTHER)), candidate_case=OTHER)
    assert {one.case_id for one in found} == {CASE.id}


@pytest.mark.parametrize("first", list(Side))
def test_each_side_is_told_its_part(pair, first):
    base, candidate = FakePool(trial()), FakePool(trial())
    pair(base, candidate, first=first)
    ours, theirs = (pool.requests[0][1]["pair"] for pool in (base, candidate))
    assert (ours["side"], theirs["side"]) == ("base", "candidate")
    assert [part["starts"] for part in (ours, theirs)] == [first is side for side in Side]
    assert (ours["inbox"], ours["outbox"]) == (theirs["outbox"], theirs["inbox"])
    assert ours["patience_s"] == 7


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("is_first", [True, False])
def test_the_side_that_died_is_blamed_whoever_ended_first(pair, side, is_first):
    broken, left = FakePool(GONE, ended=is_first), FakePool(SURVIVED, ended=not is_first)
    pools = (broken, left) if side is Side.BASE else (left, broken)
    (found,) = pair(*pools)
    assert found.side is side
    assert found.outcome.reason.code is ReasonCode.WORKER_CRASHED
    assert found.outcome.reason.detail == f"{side}: it ended with signal SIGSEGV"
    assert (found.case_id, found.round) == (CASE.id, 3)


def test_a_side_that_fails_in_its_own_words_is_blamed(pair):
    failed = trial(code=ReasonCode.OUTPUTS_DIFFER)
    (found,) = pair(FakePool(SURVIVED), FakePool(failed, ended=False))
    assert found.side is Side.CANDIDATE
    assert found.outcome.reason.code is ReasonCode.OUTPUTS_DIFFER


def test_a_side_that_hangs_is_blamed_for_the_time_that_it_had(pair):
    (found,) = pair(FakePool(LATE, ended=False), FakePool(SURVIVED))
    assert found.side is Side.BASE
    assert found.outcome.reason.code is ReasonCode.WORKER_TIMED_OUT
    assert found.outcome.reason.detail == "base: it kept the turn for 7 s; it was killed"


def test_a_side_that_waits_for_a_dead_one_is_not_waited_for_long(pair):
    left = FakePool(LATE, ended=False)
    (found,) = pair(FakePool(GONE), left)
    assert found.side is Side.BASE
    assert left.limits == [5.0]


def test_where_both_hang_both_are_killed_and_the_case_fails(pair):
    (found,) = pair(FakePool(LATE, ended=False), FakePool(LATE, ended=False), patience_s=-11.4)
    assert found.outcome.reason.code is ReasonCode.WORKER_TIMED_OUT


def test_where_both_only_say_that_the_other_is_gone_one_is_kept(pair):
    (found,) = pair(FakePool(SURVIVED), FakePool(SURVIVED, ended=False))
    assert found.outcome.reason.code is ReasonCode.OTHER_SIDE_ENDED


def test_a_side_whose_server_is_gone_ends_the_other_at_once(pair):
    base = FakePool(LATE, ended=False)
    (found,) = pair(base, FakePool(trial(), refuses=GONE))
    assert found.side is Side.CANDIDATE
    assert found.outcome.reason.code is ReasonCode.WORKER_CRASHED
    assert base.limits == [0.0]


def test_a_side_that_cannot_begin_is_blamed_before_the_other_begins(pair):
    candidate = FakePool(trial())
    (found,) = pair(FakePool(trial(), refuses=GONE), candidate)
    assert found.side is Side.BASE
    assert not candidate.requests
