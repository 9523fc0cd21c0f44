from dataclasses import replace

from harness.analyse.crew import together
from harness.core.trial import Member
from harness.store.fake import fake_case, fake_memory_trial

TRIAL = fake_memory_trial(fake_case())


def test_memory_of_one_process_is_its_own():
    assert together(TRIAL) is TRIAL.memory


def test_memory_of_several_processes_is_added_up():
    three = replace(TRIAL, others=(Member(memory=TRIAL.memory),) * 2)
    found = together(three)
    assert found.run_peak == 3 * TRIAL.memory.run_peak
    assert found.lower_bound == 3 * TRIAL.memory.lower_bound
    assert found.device_reason == TRIAL.memory.device_reason


def test_a_figure_that_one_process_lacks_has_no_sum():
    assert TRIAL.memory is not None
    held = replace(TRIAL.memory, steady=5)
    partly = replace(TRIAL, memory=held, others=(Member(memory=replace(held, steady=None)),))
    assert together(partly).steady is None
    assert together(replace(TRIAL, others=(Member(),))) is None
