from dataclasses import replace
from pathlib import Path

import pytest

from harness.analyse.baseline import (
    CONFIRMATION,
    Choice,
    is_candidate,
    named_baseline,
    newest_baseline,
)
from harness.analyse.compare.settings import Settings
from harness.analyse.reduced import reduced
from harness.core.errors import NotComparable
from harness.core.run import QuietLevel
from harness.store.fake import fake_case
from tests.unit.analyse.gate_runs import ab_run, gate_run, header_of

CANDIDATE = gate_run(header_of("cccc3333", 20))
CHOICE = Choice()


def elsewhere(header, **keys):
    environment = replace(header.environment, hard_keys={**header.environment.hard_keys, **keys})
    return replace(header, environment=environment)


def small(run):
    return reduced(run, Settings())


def named(run):
    return named_baseline(small(run), CANDIDATE.header, CHOICE)


def chosen(*runs, candidate=CANDIDATE, choice=CHOICE):
    """Choose among runs, the newest first."""
    by_path = {Path(run.path): run for run in runs}
    found = [(path, run.header) for path, run in by_path.items()]
    return newest_baseline(found, candidate.header, choice, lambda path: small(by_path[path]))


def test_the_newest_comparable_run_is_taken_and_nothing_is_to_be_said():
    runs = [gate_run(header_of(name, day)) for name, day in (("new", 19), ("old", 2))]
    found = chosen(*runs)
    assert found.run.header.run_id == "new"
    assert found.age_days == 1
    assert found.warnings == ()


def test_a_run_that_is_no_baseline_is_passed_over():
    runs = [
        gate_run(header_of("later", 25)),
        CANDIDATE,
        ab_run(run_id="ab", day=19),
        gate_run(header_of("again", 18, command=("scalecurve", "gate", CONFIRMATION, "x"))),
        gate_run(header_of("good", 17)),
    ]
    assert chosen(*runs).run.header.run_id == "good"
    assert not is_candidate(runs[3].header)
    assert is_candidate(CANDIDATE.header)


def test_newer_runs_that_were_passed_over_are_counted():
    other = gate_run(elsewhere(header_of("other", 19), cpu_model="Another"))
    cut_off = replace(gate_run(header_of("cut", 18)), end=None)
    found = chosen(other, cut_off, gate_run(header_of("good", 17)))
    assert found.run.header.run_id == "good"
    assert found.warnings == ("newer runs were passed over: 1 of other hard keys, 1 unfinished",)


def test_a_baseline_that_is_too_old_is_used_and_said_to_be_stale():
    old = gate_run(header_of(started_at="2025-11-01T00:00:00+00:00"))
    (warning,) = chosen(old).warnings
    assert warning.startswith("stale baseline: 80 days older than the candidate, 30 are allowed")
    assert chosen(old, choice=Choice(max_age_days=81)).warnings == ()


def test_where_nothing_is_comparable_the_keys_of_the_nearest_are_named():
    far = gate_run(elsewhere(header_of("far", 19), cpu_model="Another", smt="off"))
    near = gate_run(elsewhere(header_of("near", 18), cpu_model="Another"))
    with pytest.raises(NotComparable) as caught:
        chosen(far, near)
    assert "the nearest, near.jsonl, differs: cpu_model was 'Another'" in str(caught.value)
    assert "is 'Made Up 3000'" in str(caught.value)


def test_where_nothing_is_related_that_is_said():
    header = header_of("new", 19)
    unrelated = gate_run(replace(header, cases=(fake_case(777),), parameter_counts={}))
    cut_off = replace(gate_run(header_of("cut", 18)), end=None)
    with pytest.raises(NotComparable, match="1 unfinished, 1 without a case in common"):
        chosen(unrelated, cut_off)
    with pytest.raises(NotComparable, match="measure one on this machine first"):
        chosen()


@pytest.mark.parametrize("across", ["cpu_model", "machine"])
def test_a_difference_that_was_allowed_is_used_and_said(across):
    other = gate_run(elsewhere(header_of("other", 19), cpu_model="Another"))
    found = chosen(other, choice=Choice(across=frozenset({across})))
    assert found.warnings == (
        "baseline of another machine, as was allowed: cpu_model was 'Another', is 'Made Up 3000'",
    )


def test_another_probe_is_another_quiet_state():
    level = QuietLevel(native_ns=1.0, probe_version=9, anchored=True)
    other = gate_run(header_of("other", 19, level=level))
    for across in ((), ("machine",)):
        with pytest.raises(NotComparable, match="probe_version was '9', is '1'"):
            chosen(other, choice=Choice(across=frozenset(across)))
    assert (
        chosen(other, choice=Choice(across=frozenset({"probe_version"}))).run.header is other.header
    )


def test_a_named_baseline_is_taken_even_if_it_did_not_end():
    cut_off = replace(gate_run(header_of("cut", 18)), end=None)
    assert "did not end" in named(cut_off).warnings[0]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (CANDIDATE, "it is the candidate itself"),
        (gate_run(header_of("later", 25)), "newer than the candidate"),
        (gate_run(elsewhere(header_of("other", 3), cpu_model="Another")), "cpu_model was"),
    ],
)
def test_a_named_run_that_is_no_baseline_is_refused(run, said):
    with pytest.raises(NotComparable, match=said):
        named(run)


def test_a_run_without_a_readable_time_has_no_age():
    undated = gate_run(header_of("undated", started_at="yesterday"))
    assert named(undated).age_days == 0
