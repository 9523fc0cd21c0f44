"""Answers of single sections, where a whole page would say too much at once."""

from dataclasses import replace

from harness.core.case import Scenario, Target
from harness.core.choice import Axis, BreakEven, PayBack
from harness.core.run import QuietLevel
from harness.core.scaling import Estimate, Subject
from harness.report.html.asked import MOST_LINES, MOST_SIZES, Wishes, ask
from harness.report.html.sections import break_even
from harness.report.html.sections.across import across
from harness.report.html.sections.budget import budget
from harness.report.html.sections.energy import energy
from harness.report.html.sections.growth import growth
from harness.report.html.sections.memory import memory
from harness.report.html.sections.throughput import throughput
from harness.report.machine_runs import Machine
from harness.store.fake import fake_case

from .page_runs import KEYS, made_run, measured

EAGER, OTHER = Target(backend="eager"), Target(backend="onnxruntime")


def asked(*records):
    return ask(Machine(name="m", runs=(), records=records), Wishes())


def subject(target=EAGER, **changes):
    known = Subject(
        family="mlp",
        variant="",
        target=target,
        scenario=Scenario.SINGLE_STREAM,
        batch_size=1,
        metric="latency_quiet",
        unit="s",
    )
    return replace(known, **changes)


def pair(**changes):
    known = BreakEven(
        axis=Axis.PARAMETER_COUNT,
        first=subject(),
        second=subject(OTHER),
        at=None,
        cheaper_below=None,
        cheaper_above=None,
    )
    return replace(known, **changes)


def test_energy_that_was_measured_is_drawn_and_the_least_named(make_record):
    records = [
        make_record("mlp", size, values={"energy_per_item": size * 1e-8}) for size in (10, 100)
    ]
    section = energy(asked(*records))
    assert section.answers == (
        "The least is 100 nJ [95, 105] per item, by mlp-10/eager-cpu-fp32-t1/b1.",
    )
    assert [figure.name for figure in section.figures] == ["cost-energy_per_item"]


def test_memory_that_was_not_measured_says_why(make_record):
    section = memory(asked(make_record()))
    assert section.answers[0] == "No host memory was measured."
    assert "not_measured" in section.answers[1]


def test_sections_without_anything_to_say_are_not_there(make_record, skipped):
    nothing = asked(make_record(outcome=skipped))
    assert growth(nothing) is None
    assert memory(nothing) is None
    assert throughput(nothing) is None
    assert budget(nothing) is None
    assert break_even.break_even(nothing) is None


def test_too_many_lines_have_no_laws_and_the_page_says_where_they_are(make_record):
    records = [
        make_record("mlp", 10, threads=n, values={"latency_quiet": 1e-3})
        for n in range(1, MOST_LINES + 2)
    ]
    many = asked(*records)
    assert many.laws == ()
    assert f"more than {MOST_LINES} lines" in growth(many).answers[0]


def test_a_law_is_fitted_to_sizes_spread_over_all_there_are(make_record):
    records = [
        make_record("mlp", 1000 * n, values={"latency_quiet": n * 1e-6}) for n in range(1, 201)
    ]
    (law,) = asked(*records).laws_of(["latency_quiet"])
    assert len(law.points) == MOST_SIZES
    assert (law.points[0].size, law.points[-1].size) == (1000, 200_000)


def test_a_crossing_is_said_with_its_interval_and_its_doubts():
    at = Estimate(value=1e6, low=5e5, high=None)
    (said,) = break_even._answers(
        [pair(at=at, cheaper_below=OTHER, is_extrapolated=True, note="a doubt")]
    )
    assert "cost the same at 1.00 M [500 k, " in said
    assert "extrapolated; onnxruntime is cheaper below, neither surely above (a doubt)." in said


def test_a_crossing_along_the_batch_names_its_network():
    at = Estimate(value=4, low=2, high=8)
    (said,) = break_even._answers([pair(axis=Axis.BATCH_SIZE, size=1000, at=at)])
    assert "items in a batch of 1,000 parameters" in said


def test_pairs_that_never_cross_are_said_once_for_all_their_families():
    found = [
        pair(cheaper_below=OTHER),
        pair(cheaper_below=OTHER, first=subject(family="cnn")),
        pair(),
    ]
    assert list(break_even._answers(found)) == [
        "latency_quiet, onnxruntime is cheaper than eager throughout: mlp, cnn.",
        "latency_quiet, eager and onnxruntime cannot be told apart: mlp.",
    ]


def test_what_never_pays_back_is_left_to_the_table():
    quick, fast = fake_case(), fake_case(backend="onnxruntime")
    never = PayBack(quick=quick, fast=fast, inferences=None)
    repaid = replace(never, inferences=Estimate(value=50, low=None, high=None))
    assert list(break_even._repaid([never])) == []
    (said,) = break_even._repaid([never, repaid])
    assert "has repaid it after 50 inferences (1 case;" in said


def test_machines_that_were_probed_differently_are_not_compared():
    base = made_run()
    other = made_run("other.jsonl", 1.3, {**KEYS, "cores_available": "4"}, started="2026-01-03")
    level = QuietLevel(native_ns=20_000, probe_version=2, anchored=True)
    other = replace(other, header=replace(other.header, level=level))
    first, second = measured(base, other)
    section = across(first, second, 2)
    assert "probe" in section.answers[0]
    assert section.figures == ()
