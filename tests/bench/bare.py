"""The same networks in loops written by hand, with nothing of the harness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from model_zoo.inputs import example_inputs
from model_zoo.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Bare:
    """A network that runs once when called, and a loop around it that takes time."""

    run: Callable[[], object]
    time: Callable[[int], list[int]]
    """Time one pass after another for that many ns; durations in ns."""


def torch_loop(spec: ModelSpec) -> Bare:
    """Return a network of torch in a loop under `inference_mode`.

    Weights and inputs are made outside that mode, whoever calls: those made inside are tensors of
    another kind, with which a small network is 5 % faster.
    """
    import torch

    from model_zoo.build import build

    with torch.inference_mode(mode=False):
        module = build(spec).module
        inputs = [torch.from_numpy(array).clone() for array in example_inputs(spec, 1)]

    def run() -> object:
        with torch.inference_mode():
            return module(*inputs)

    def time(duration_ns: int) -> list[int]:
        samples = []
        output = None
        with torch.inference_mode():
            now = perf_counter_ns()
            end = now + duration_ns
            while now < end:
                start = perf_counter_ns()
                output = module(*inputs)
                now = perf_counter_ns()
                samples.append(now - start)
            del output
        return samples

    return Bare(run, time)


def onnx_loop(spec: ModelSpec, file: Path) -> Bare:
    """Return a session of ONNX Runtime in a loop, its inputs and outputs bound."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    binding: Any = session.io_binding()
    for node, array in zip(session.get_inputs(), example_inputs(spec, 1), strict=True):
        value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
        binding.bind_ortvalue_input(node.name, value)
    for node in session.get_outputs():
        shape = [1, *node.shape[1:]]
        value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, "float32")
        binding.bind_ortvalue_output(node.name, value)

    def run() -> object:
        return session.run_with_iobinding(binding)

    def time(duration_ns: int) -> list[int]:
        samples = []
        now = perf_counter_ns()
        end = now + duration_ns
        while now < end:
            start = perf_counter_ns()
            session.run_with_iobinding(binding)
            now = perf_counter_ns()
            samples.append(now - start)
        return samples

    return Bare(run, time)


def loop_of(spec: ModelSpec, backend: str, file: Path) -> Bare:
    """Return the loop of a backend; `file` is what ONNX Runtime opens."""
    return torch_loop(spec) if backend == "eager" else onnx_loop(spec, file)
