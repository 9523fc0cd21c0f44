"""What processes of one case say to each other, and what they make of an end."""

from __future__ import annotations

import socket

import pytest

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.measure.leader import Crew, Process
from harness.measure.member import Line, Order, Ready, Word
from harness.measure.server import Answered, Offer
from harness.store.fake import FakeMachine, fake_case

OFFER = Offer(rate=1.0, seed=0, queries=1, bound_ns=1, start_ns=0, counter="", gives_up=False)
ANSWERED = Answered(
    number=(0,), waited_ns=(1,), served_ns=(2,), margin_ns=3, asleep_ns=4, spun_ns=5
)


@pytest.fixture
def ends():
    ours, theirs = (Line(end) for end in socket.socketpair())
    yield ours, theirs
    ours.close()
    theirs.close()


def test_what_is_said_is_heard_whole(ends):
    ours, theirs = ends
    theirs.say(Word(ready=Ready(iteration_ns=7)))
    theirs.say(Word(answered=ANSWERED))
    crew = Crew([Process(pid=0, line=ours)])
    assert crew.ready() == [Ready(iteration_ns=7)]
    assert crew.offer(OFFER) == [ANSWERED]
    assert theirs.hear(Order).offer == OFFER


def test_the_end_of_the_leader_ends_a_process(ends):
    ours, theirs = ends
    Crew([Process(pid=0, line=ours)]).let_go()
    with pytest.raises(WorkerDied) as found:
        theirs.hear(Order)
    assert found.value.reason.code is ReasonCode.OTHER_SIDE_ENDED


def test_a_process_that_has_ended_cannot_be_told_anything(ends):
    ours, theirs = ends
    theirs.close()
    with pytest.raises(WorkerDied):
        ours.say(Order())
    with pytest.raises(WorkerDied):
        ours.hear(Word)
    Crew([Process(pid=0, line=ours)]).let_go()


def test_a_trial_that_comes_early_is_kept_and_ends_what_was_waited_for(ends):
    ours, theirs = ends
    trial = FakeMachine(slices=2, hunting=0).trial(fake_case())
    process = Process(pid=0, line=ours)
    theirs.say(Word(trial=trial))
    with pytest.raises(WorkerDied):
        Crew([process]).ready()
    assert process.last() == trial


def test_the_last_word_is_waited_for_past_others(ends):
    ours, theirs = ends
    trial = FakeMachine(slices=2, hunting=0).trial(fake_case())
    theirs.say(Word(answered=ANSWERED))
    theirs.say(Word(trial=trial))
    assert Process(pid=0, line=ours).last() == trial


def test_a_process_without_a_last_word_left_nothing(ends):
    ours, theirs = ends
    theirs.close()
    assert Process(pid=0, line=ours).last() is None


def test_an_answer_to_nothing_is_an_error(ends):
    ours, theirs = ends
    theirs.say(Word(ready=Ready(iteration_ns=1)))
    with pytest.raises(WorkerDied, match="answered what was not asked"):
        Crew([Process(pid=0, line=ours)]).offer(OFFER)
