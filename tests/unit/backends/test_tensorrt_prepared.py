from __future__ import annotations

import numpy as np
import pytest

from harness.backends.cuda_device import open_device
from harness.backends.tensorrt_prepared import TensorRTPrepared
from harness.core.errors import PreparationError
from tests.fake_cuda import FakeCuda
from tests.fake_engine import Engine
from tests.fake_tensorrt import FakeTensorRT

CONTENT = {
    "inputs": [["x", "FLOAT", [-1, 3]]],
    "outputs": [["y", "FLOAT", [-1, 2]], ["z", "FLOAT", [-1, 1]]],
}
X = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]], dtype=np.float32)
Y = [[6.0, 12.0], [3.0, 6.0]]


@pytest.fixture
def cuda():
    return FakeCuda()


@pytest.fixture
def device(cuda):
    with open_device("cuda:0", cuda) as opened:
        yield opened


def prepare(device, cuda, content=None, refuses="", batch_size=2):
    trt = FakeTensorRT(cuda, refuses)
    engine = Engine(trt, content or CONTENT)
    names = (tuple(engine.inputs), tuple(engine.outputs))
    context = engine.create_execution_context()
    return TensorRTPrepared((None, None, engine), context, device, names, batch_size)


def values(outputs):
    return [one.tolist() for one in outputs]


def test_a_pass_gives_every_output_in_the_networks_order(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    model.run()
    assert values(model.outputs()) == [Y, [[6.0], [3.0]]]
    assert model.asynchronous


def test_a_pass_is_queued_by_run_and_has_ended_after_synchronising(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    before = cuda.clock_ms
    model.run()
    assert cuda.clock_ms == before
    model.synchronize()
    assert cuda.clock_ms > before


def test_a_run_that_was_taken_before_takes_the_inputs_that_were_bound_after(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    run = model.run
    model.bind((2 * X,))
    run()
    assert values(model.outputs())[0] == [[12.0, 24.0], [6.0, 12.0]]


def test_a_run_with_transfers_copies_in_and_out_and_ends(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    cuda.calls.clear()
    model.run_with_transfers()
    assert cuda.calls == [
        "cuMemcpyHtoDAsync_v2",
        "cuMemcpyDtoHAsync_v2",
        "cuMemcpyDtoHAsync_v2",
        "cuStreamSynchronize",
    ]
    assert values(model.outputs())[0] == Y


def test_a_plain_run_calls_nothing_but_the_pass(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    cuda.calls.clear()
    model.run()
    assert cuda.calls == []
    model.synchronize()
    assert cuda.calls == ["cuStreamSynchronize"]


def test_a_graph_is_one_launch_and_gives_the_same(device, cuda):
    model = prepare(device, cuda)
    model.record_graph()
    model.bind((X,))
    cuda.calls.clear()
    model.run()
    assert cuda.calls == ["cuGraphLaunch"]
    assert values(model.outputs())[0] == Y
    model.bind((2 * X,))
    model.run()
    assert values(model.outputs())[0] == [[12.0, 24.0], [6.0, 12.0]]


def test_device_time_is_the_passs_own(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    model.run()
    assert model.device_time_ns() == 250_000


def test_outputs_are_copies(device, cuda):
    model = prepare(device, cuda)
    model.bind((X,))
    model.run()
    first = model.outputs()
    model.bind((2 * X,))
    model.run()
    model.outputs()
    assert values(first)[0] == Y


def test_half_precision_is_made_of_what_is_bound(device, cuda):
    content = {"inputs": [["x", "BF16", [-1, 3]]], "outputs": [["y", "HALF", [-1, 2]]]}
    model = prepare(device, cuda, content)
    model.bind((X,))
    model.run()
    (found,) = model.outputs()
    assert found.dtype == np.float16
    assert found.tolist() == Y


@pytest.mark.parametrize("inputs", [(), (X, X), (X[:1],), (X[:, :2],)])
def test_inputs_of_another_number_or_shape_are_refused_with_both(device, cuda, inputs):
    model = prepare(device, cuda)
    with pytest.raises(PreparationError, match=r"the engine takes \[\(2, 3\)\]"):
        model.bind(inputs)


def test_nothing_runs_before_inputs_are_bound_or_after_it_was_closed(device, cuda):
    model = prepare(device, cuda)
    with pytest.raises(PreparationError, match="no inputs are bound"):
        model.run()
    model.bind((X,))
    model.close()
    for call in (model.run, model.run_with_transfers, model.device_time_ns):
        with pytest.raises(PreparationError, match="or it is closed"):
            call()
    model.synchronize()
    model.close()


@pytest.mark.parametrize(
    ("refuses", "said"), [("shape", r"the shape \(2, 3\) of 'x'"), ("address", "the address of")]
)
def test_what_the_context_refuses_is_named(device, cuda, refuses, said):
    with pytest.raises(PreparationError, match=said):
        prepare(device, cuda, refuses=refuses)


def test_a_pass_that_cannot_be_queued_is_an_error(device, cuda):
    model = prepare(device, cuda, refuses="pass")
    model.bind((X,))
    with pytest.raises(PreparationError, match="refused to queue a pass"):
        model.run()


def test_an_output_whose_shape_depends_on_values_is_refused(device, cuda):
    content = {**CONTENT, "outputs": [["y", "FLOAT", [-1, -1]]]}
    with pytest.raises(PreparationError, match="'y' is not known before a pass"):
        prepare(device, cuda, content)


def test_settings_are_those_that_were_told(device, cuda):
    model = prepare(device, cuda)
    model.says({"engine_layers": "42"})
    model.says({"tf32": "0"})
    assert model.effective() == {"engine_layers": "42", "tf32": "0"}
