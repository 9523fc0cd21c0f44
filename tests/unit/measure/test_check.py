import json
from dataclasses import replace
from itertools import repeat

import numpy as np
import pytest

from harness.backends.fake import FakeClock, FakeNetwork, FakePrepared
from harness.core.errors import VerificationError
from harness.core.reason import ReasonCode
from harness.measure.trial import check
from harness.measure.verify import tolerance_of
from model_zoo.inputs import example_inputs
from tests.unit.run.test_processes import SPEC, task

INPUTS = [example_inputs(SPEC, 1, index) for index in (0, 1)]
REFERENCES = [(FakeNetwork(SPEC)(given),) for given in INPUTS]


def prepared(network):
    return FakePrepared(FakeClock(), repeat(1_000), network=network)


def test_right_outputs_pass_and_the_first_input_stays_bound():
    model = prepared(FakeNetwork(SPEC))
    first_ns, verification = check(model, task(), INPUTS, REFERENCES)
    assert first_ns > 0
    assert verification.error <= verification.tolerance
    assert np.array_equal(model.inputs[0], INPUTS[0][0])


def test_a_network_that_always_gives_the_first_answer_ignores_its_input():
    with pytest.raises(VerificationError) as caught:
        check(prepared(lambda _: REFERENCES[0][0]), task(), INPUTS, REFERENCES)
    assert caught.value.reason.code is ReasonCode.OUTPUT_IGNORES_INPUT


def test_a_wrong_second_answer_is_caught_too():
    network = FakeNetwork(SPEC)

    def wrong_later(inputs):
        scale = 1.0 if np.array_equal(inputs[0], INPUTS[0][0]) else 1.1
        return network(inputs) * scale

    with pytest.raises(VerificationError) as caught:
        check(prepared(wrong_later), task(), INPUTS, REFERENCES)
    assert caught.value.reason.code is ReasonCode.OUTPUTS_DIFFER


def test_tensor_float_32_has_a_tolerance_of_its_own():
    plain = task()
    target = replace(plain.case.target, options=(("tf32", "1"),))
    loose = replace(plain, case=replace(plain.case, target=target))
    model = prepared(FakeNetwork(SPEC))
    _, strict = check(model, plain, INPUTS, REFERENCES)
    _, wide = check(model, loose, INPUTS, REFERENCES)
    assert wide.tolerance > strict.tolerance


def test_rounded_activations_are_allowed_three_times_what_rounding_was_found_to_do(tmp_path):
    def allowed(variant, moved):
        folder = tmp_path / f"{variant}{moved}"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"rounding_error": moved}))
        plain = task()
        model = plain.case.model.varied(variant)
        return tolerance_of(
            replace(plain, case=replace(plain.case, model=model), reference=str(folder))
        )

    strict = tolerance_of(task())
    assert allowed("int8-static", 0.02) == pytest.approx(strict + 0.06)
    assert allowed("int8-dynamic", 0.4) == 0.5
    assert allowed("int8-weight", 0.02) == strict
    assert strict < allowed("autocast-bf16", 0.0) < 0.1
