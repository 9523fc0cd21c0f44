"""The half of TensorRT's stand-in that runs: engines and contexts on a stand-in of the device."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import numpy as np

from harness.backends.tensorrt_tensors import from_bfloat16, to_bfloat16

PASS_MS = 0.25
"""Device time of a pass."""
DTYPES = {"FLOAT": np.float32, "HALF": np.float16, "INT64": np.int64, "BF16": np.uint16}


class Named:
    """A member of an enumeration."""

    def __init__(self, name: str) -> None:
        self.name = name


class Tensor:
    def __init__(self, name, number_format, shape):
        self.name = name
        self.dtype = Named(number_format)
        self.shape = tuple(shape)


class Context:
    def __init__(self, trt, engine, specialization=""):
        self._trt = trt
        self._engine = engine
        self.specialization = specialization
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}

    def set_input_shape(self, name, shape):
        self.shapes[name] = shape
        return self._trt.refuses != "shape"

    def get_tensor_shape(self, name):
        shape = self._engine.tensors[name].shape
        batch = next(iter(self.shapes.values()))[0]
        return [batch if size == -1 and place == 0 else size for place, size in enumerate(shape)]

    def set_tensor_address(self, name, address):
        self.addresses[name] = address
        return self._trt.refuses != "address"

    def execute_async_v3(self, stream):
        if self._trt.refuses == "pass":
            return False
        self._trt.cuda.on_device(stream, self._pass)
        return True

    def _pass(self):
        total = 0.0
        for name in self._engine.inputs:
            values = self._view(name, self.shapes[name])
            total = total + values.reshape(len(values), -1).sum(axis=1, dtype=np.float64)
        for name in self._engine.outputs:
            shape = tuple(self.get_tensor_shape(name))
            factors = np.arange(1, int(np.prod(shape[1:])) + 1).reshape(1, *shape[1:])
            result = np.reshape(total, (-1, *[1] * (len(shape) - 1))) * factors
            self._write(name, result)
        self._trt.cuda.clock_ms += PASS_MS

    def _view(self, name, shape):
        kind = self._engine.tensors[name].dtype.name
        dtype = np.dtype(DTYPES[kind])
        size = int(np.prod(shape)) * dtype.itemsize
        memory = (ctypes.c_ubyte * size).from_address(self.addresses[name])
        array = np.frombuffer(memoryview(memory), dtype).reshape(shape)
        return from_bfloat16(array) if kind == "BF16" else array

    def _write(self, name, result):
        kind = self._engine.tensors[name].dtype.name
        values = to_bfloat16(result) if kind == "BF16" else result.astype(DTYPES[kind])
        raw = np.ascontiguousarray(values).tobytes()
        ctypes.memmove(self.addresses[name], raw, len(raw))


class Engine:
    num_layers = 7
    device_memory_size_v2 = 4096

    def __init__(self, trt, content):
        self._trt = trt
        self.inputs = [name for name, _, _ in content["inputs"]]
        self.outputs = [name for name, _, _ in content["outputs"]]
        both = content["inputs"] + content["outputs"]
        self.tensors = {name: Tensor(name, kind, shape) for name, kind, shape in both}

    num_io_tensors = property(lambda self: len(self.tensors))

    def get_tensor_name(self, index):
        return list(self.tensors)[index]

    def get_tensor_dtype(self, name):
        return self.tensors[name].dtype

    def get_tensor_shape(self, name):
        return self.tensors[name].shape

    def create_runtime_config(self):
        return SimpleNamespace(dynamic_shapes_kernel_specialization_strategy="LAZY")

    def create_execution_context(self, config=None):
        if self._trt.refuses == "context":
            return None
        strategy = config.dynamic_shapes_kernel_specialization_strategy if config else ""
        context = Context(self._trt, self, strategy)
        self._trt.contexts.append(context)
        return context
