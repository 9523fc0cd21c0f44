from dataclasses import replace

from harness.environment.comparability import comparability_key
from harness.pytest_plugin.machine import machine_facts
from harness.store.fake import fake_case, fake_header

HERE = fake_header((fake_case(),)).environment


def test_the_machine_is_known_by_what_decides_whether_runs_are_comparable():
    facts = machine_facts(HERE)
    assert facts["hard_keys"] == {"cpu_model": "Made Up 3000"}
    assert facts["comparability_key"] == comparability_key(HERE)


def test_facts_that_move_by_themselves_are_not_among_them():
    warmer = replace(HERE, gpus=({"name": "L4", "uuid": "GPU-1", "clock": "1"},))
    cooler = replace(HERE, gpus=({"name": "L4", "uuid": "GPU-1", "clock": "2"},))
    assert machine_facts(warmer) == machine_facts(cooler)
    assert machine_facts(warmer)["gpus"] == [{"name": "L4", "uuid": "GPU-1"}]


def test_without_being_told_it_describes_this_machine():
    assert machine_facts()["hard_keys"]
