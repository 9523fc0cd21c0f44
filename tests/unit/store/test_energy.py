"""Energy passes in run files: read back as written, refused where they contradict themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.device import DeviceReading, DeviceState, Throttle
from harness.core.trial import Pass, Trial
from harness.core.wire import decode, encode
from harness.store.fake import fake_energy_trial
from harness.store.line import Line, decode_line, encode_line
from harness.store.read import read_run
from tests.unit.store.lines import CASE

TRIAL = fake_energy_trial(CASE)
ENERGY = TRIAL.energy
assert ENERGY is not None


def test_a_pass_is_read_back_as_it_was_written():
    assert decode_line(encode_line(Line(trial=TRIAL))).trial == TRIAL


def test_a_pass_crosses_the_pipe_from_its_worker_unchanged():
    assert decode(encode(TRIAL), Trial) == TRIAL


def test_processor_times_may_be_unknown():
    assert ENERGY is not None
    windows = replace(ENERGY.windows, own_cpu_ns=(), all_cpu_ns=())
    trial = replace(TRIAL, energy=replace(ENERGY, windows=windows))
    assert decode_line(encode_line(Line(trial=trial))).trial == trial


COUNTER = ENERGY.counters[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wanted_error": 0.0}, "wanted error"),
        (
            {"counters": (COUNTER, replace(COUNTER, at_ns=(), half_width_ns=(), values=()))},
            "one number",
        ),
        ({"counters": (replace(COUNTER, values=COUNTER.values[1:]),)}, "one length"),
        ({"counters": (replace(COUNTER, values=(-1, *COUNTER.values[1:])),)}, "expected from"),
        ({"counters": (replace(COUNTER, modulus=0),)}, "expected from 1"),
        ({"counters": (replace(COUNTER, lag_ns=-1),)}, "expected from 0"),
        ({"counters": ()}, "of 0"),
        ({"windows": replace(ENERGY.windows, first=(0, 1))}, "one length"),
        ({"windows": replace(ENERGY.windows, last=(1, 2, 3, 4, 99))}, "of 6"),
        ({"windows": replace(ENERGY.windows, last=(0, 2, 3, 4, 5))}, "between readings 0"),
        ({"windows": replace(ENERGY.windows, iterations=(-1,) * 5)}, "expected from"),
        ({"windows": replace(ENERGY.windows, own_cpu_ns=(1,))}, "one length"),
    ],
)
def test_a_pass_that_contradicts_itself_is_refused(changes, said):
    assert ENERGY is not None
    trial = replace(TRIAL, energy=replace(ENERGY, **changes))
    with pytest.raises(ValueError, match=said):
        Line(trial=trial)


def test_the_energy_of_the_sample_of_schema_3_is_the_fake_s():
    run = read_run(Path(__file__).parents[2] / "data" / "run-v3.jsonl")
    (trial,) = [trial for trial in run.trials if trial.kind is Pass.ENERGY]
    assert trial.energy == TRIAL.energy


def bordered(**after) -> DeviceState:
    known = DeviceReading(at_ns=9, sm_clock_hz=1_755_000_000, throttled_ns={"hw_thermal": 3})
    return DeviceState(uuid="0f2a", before=DeviceReading(at_ns=5), after=replace(known, **after))


def test_the_state_of_a_gpu_is_kept_with_its_trial():
    trial = replace(TRIAL, device=bordered(throttles=(Throttle.HW_THERMAL,)))
    assert decode_line(encode_line(Line(trial=trial))).trial == trial
    assert decode(encode(trial), Trial) == trial


@pytest.mark.parametrize(
    ("after", "said"),
    [({"at_ns": 4}, "expected from 5"), ({"throttled_ns": {"hw_thermal": -1}}, "hw_thermal")],
)
def test_a_state_that_cannot_be_is_refused(after, said):
    with pytest.raises(ValueError, match=said):
        Line(trial=replace(TRIAL, device=bordered(**after)))
