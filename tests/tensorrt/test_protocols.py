"""Our protocols, and the stand-in of the everyday tests, against the real bindings."""

from __future__ import annotations

import inspect
import re

import pytest

from harness.backends import tensorrt_api as api
from harness.backends.tensorrt_tensors import STORED
from tests import fake_engine
from tests import fake_tensorrt as fake

CLASSES = {
    api.Dims: "Dims",
    api.HostMemory: "IHostMemory",
    api.NetworkTensor: "ITensor",
    api.Network: "INetworkDefinition",
    api.ParserError: "ParserError",
    api.Parser: "OnnxParser",
    api.Profile: "IOptimizationProfile",
    api.TimingCache: "ITimingCache",
    api.BuilderConfig: "IBuilderConfig",
    api.RtxBuilderConfig: "IBuilderConfig",
    api.Builder: "Builder",
    api.Context: "IExecutionContext",
    api.Engine: "ICudaEngine",
    api.RtxEngine: "ICudaEngine",
    api.RtxRuntimeConfig: "IRuntimeConfig",
    api.Runtime: "Runtime",
}
STAND_INS = {
    fake.Memory: "IHostMemory",
    fake_engine.Tensor: "ITensor",
    fake.Network: "INetworkDefinition",
    fake.ParserError: "ParserError",
    fake.OnnxParser: "OnnxParser",
    fake.Profile: "IOptimizationProfile",
    fake.Timings: "ITimingCache",
    fake.Config: "IBuilderConfig",
    fake.Builder: "Builder",
    fake_engine.Context: "IExecutionContext",
    fake_engine.Engine: "ICudaEngine",
}
MEMBERS = {
    "BuilderFlag": ["TF32"],
    "MemoryPoolType": ["WORKSPACE"],
    "NetworkDefinitionCreationFlag": ["STRONGLY_TYPED"],
    "ComputeCapability": ["SM89", "SM120"],
    "DynamicShapesKernelSpecializationStrategy": ["EAGER"],
    "LayerType": ["CONSTANT", "CONVOLUTION", "SCALE"],
    "ErrorCode": ["UNSUPPORTED_NODE", "UNSUPPORTED_NODE_ATTR", "UNSUPPORTED_GRAPH"],
    "DataType": list(STORED),
}
"""Of enumerations: what is named in the code."""


def own_members(kind):
    """Return what a protocol itself asks for, without what Python's buffers have."""
    named = {name for name in vars(kind) if not name.startswith("_")}
    return sorted(named | set(vars(kind).get("__annotations__", {})))


def parameters(text, name):
    """Return (least, most) arguments without `self`, of every overload in a docstring."""
    found = []
    for line in text.splitlines():
        match = re.match(rf"\s*(?:\d+\. )?{name}\(self: [^,)]+(.*)\) -> ", line)
        if match:
            parts = split(match[1].lstrip(", "))
            found.append((sum("=" not in part for part in parts), len(parts)))
    return found


def split(text):
    """Split arguments at the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[(<") - (character in "])>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


@pytest.mark.parametrize(
    ("kind", "real"), CLASSES.items(), ids=lambda one: getattr(one, "__name__", one)
)
def test_the_bindings_have_every_name_that_we_call(kind, real, trt):
    bound = getattr(trt, real)
    assert [name for name in own_members(kind) if not hasattr(bound, name)] == []


@pytest.mark.parametrize(
    ("kind", "real"), CLASSES.items(), ids=lambda one: getattr(one, "__name__", one)
)
def test_the_bindings_take_as_many_arguments_as_we_give(kind, real, trt):
    bound = getattr(trt, real)
    for name, function in inspect.getmembers(kind, inspect.isfunction):
        overloads = (
            parameters(getattr(bound, name, None).__doc__ or "", name)
            if hasattr(bound, name)
            else []
        )
        ours = list(inspect.signature(function).parameters.values())[1:]
        least = sum(one.default is one.empty for one in ours)
        if not name.startswith("_"):
            assert any(low <= least and len(ours) <= high for low, high in overloads), name


@pytest.mark.parametrize(
    ("stand_in", "real"), STAND_INS.items(), ids=lambda one: getattr(one, "__name__", one)
)
def test_the_stand_in_has_no_method_that_the_bindings_lack(stand_in, real, trt):
    bound = getattr(trt, real)
    public = [name for name in vars(stand_in) if not name.startswith("_")]
    assert [name for name in public if not hasattr(bound, name)] == []


@pytest.mark.parametrize(
    ("kind", "names"), MEMBERS.items(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_bindings_have_every_member_of_an_enumeration_that_we_name(kind, names, trt):
    assert [name for name in names if not hasattr(getattr(trt, kind), name)] == []


def test_the_module_has_every_name_that_we_use(trt):
    names = [name for name in vars(api.TensorRT) if not name.startswith("_")]
    assert [name for name in [*names, "__version__"] if not hasattr(trt, name)] == []
    assert re.fullmatch(r"\d+(\.\d+)+", trt.__version__)
