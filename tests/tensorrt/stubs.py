"""Held against the stubs of TensorRT 10.13 by mypy alone: each class serves as our protocol."""

from __future__ import annotations

import tensorrt

from harness.backends import tensorrt_api as api


def module() -> api.TensorRT:
    return tensorrt


def network(real: tensorrt.INetworkDefinition) -> api.Network:
    return real


def tensor(real: tensorrt.ITensor) -> api.NetworkTensor:
    return real


def parser(real: tensorrt.OnnxParser) -> api.Parser:
    return real


def error(real: tensorrt.ParserError) -> api.ParserError:
    return real


def profile(real: tensorrt.IOptimizationProfile) -> api.Profile:
    return real


def timings(real: tensorrt.ITimingCache) -> api.TimingCache:
    return real


def config(real: tensorrt.IBuilderConfig) -> api.BuilderConfig:
    return real


def builder(real: tensorrt.Builder) -> api.Builder:
    return real


def memory(real: tensorrt.IHostMemory) -> api.HostMemory:
    return real


def dims(real: tensorrt.Dims) -> api.Dims:
    return real


def engine(real: tensorrt.ICudaEngine) -> api.Engine:
    return real


def context(real: tensorrt.IExecutionContext) -> api.Context:
    return real


def runtime(real: tensorrt.Runtime) -> api.Runtime:
    return real
