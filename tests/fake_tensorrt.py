"""TensorRT's bindings without a library: networks are JSON, engines are JSON, passes are sums.

A file `{"inputs": [["x", "FLOAT", [-1, 4]]], "outputs": [["y", "FLOAT", [-1, 2]]]}` is a network
whose output j is (j + 1) times the sum of all its inputs' items. `"errors"` are what the parser
says, each `[code, operator, node, description]`.
"""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fake_cuda import FakeCuda
from tests.fake_engine import Context, Engine, Named, Tensor


class Flag(IntEnum):
    TF32 = 6
    FP16 = 0


class CreationFlag(IntEnum):
    EXPLICIT_BATCH = 0
    STRONGLY_TYPED = 1


class Pool(IntEnum):
    WORKSPACE = 0


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2


class ILogger:
    def log(self, severity, message):
        raise NotImplementedError


class Memory(bytes):
    """A buffer that the library owns."""

    @property
    def nbytes(self) -> int:
        return len(self)


class Layer:
    """A layer with weights; the bindings cast it by assigning its class."""

    def __init__(self, kind, **counts):
        self.type = Named(kind)
        for name, count in counts.items():
            setattr(self, name, SimpleNamespace(size=count))


class IConstantLayer(Layer): ...


class IConvolutionLayer(Layer): ...


class IScaleLayer(Layer): ...


class Network:
    def __init__(self, flags):
        self.flags = flags
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.layers: list[Layer] = []

    num_layers = property(lambda self: len(self.layers))
    num_inputs = property(lambda self: len(self.inputs))
    num_outputs = property(lambda self: len(self.outputs))

    def get_input(self, index):
        return self.inputs[index]

    def get_output(self, index):
        return self.outputs[index]

    def get_layer(self, index):
        return self.layers[index]


class ParserError:
    def __init__(self, code, operator, node, description):
        self.code = lambda: Named(code)
        self.node_operator = lambda: operator
        self.node_name = lambda: node
        self.desc = lambda: description


class OnnxParser:
    def __init__(self, network, logger):
        self.network = network
        self.logger = logger
        self.errors: list[ParserError] = []

    num_errors = property(lambda self: len(self.errors))

    def supports_operator(self, operator):
        return operator != "Nowhere"

    def get_error(self, index):
        return self.errors[index]

    def parse_from_file(self, model):
        try:
            content = json.loads(Path(model).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self.logger.log(Severity.WARNING, "about to fail")
            text = f"not  a\nmodel: {error}"
            self.logger.log(Severity.ERROR, text)
            return False
        self.errors = [ParserError(*error) for error in content.get("errors", [])]
        self.network.inputs = [Tensor(*one) for one in content["inputs"]]
        self.network.outputs = [Tensor(*one) for one in content["outputs"]]
        self.network.layers = [Layer(kind, **counts) for kind, counts in content.get("layers", [])]
        return not self.errors


class Config:
    def __init__(self, trt):
        self._trt = trt
        self.flags = {Flag.TF32}
        self.pools = {Pool.WORKSPACE: 64 << 30}
        self.level = 3
        self.profiles: list[Profile] = []
        self.timings: Timings | None = None
        self.ignored_mismatch: bool | None = None
        self.num_compute_capabilities = 0
        self.capability = Named("CURRENT")

    @property
    def builder_optimization_level(self):
        return self.level

    @builder_optimization_level.setter
    def builder_optimization_level(self, level):
        self.level = self._trt.level_kept if self._trt.level_kept is not None else level

    def get_flag(self, flag):
        return flag in self.flags

    def set_flag(self, flag):
        self.flags.add(flag)

    def clear_flag(self, flag):
        self.flags.discard(flag)

    def get_memory_pool_limit(self, pool):
        return self.pools[pool]

    def set_memory_pool_limit(self, pool, size):
        self.pools[pool] = size

    def add_optimization_profile(self, profile):
        self.profiles.append(profile)
        return -1 if self._trt.refuses == "profile" else 0

    def create_timing_cache(self, stored):
        return Timings(bytes(stored))

    def set_timing_cache(self, cache, ignore_mismatch):
        self.ignored_mismatch = ignore_mismatch
        if cache.stored == b"of another version":
            return False
        self.timings = cache
        return True

    def get_timing_cache(self):
        return self.timings

    def set_compute_capability(self, capability, index):
        assert index < self.num_compute_capabilities
        self.capability = capability
        return True

    def get_compute_capability(self, _index):
        return self.capability


class Timings:
    def __init__(self, stored):
        self.stored = stored

    def serialize(self):
        return Memory(self.stored)


class Profile:
    def __init__(self):
        self.shapes: dict[str, tuple[Any, ...]] = {}

    def set_shape(self, name, least, best, most):
        self.shapes[name] = (least, best, most)


class Builder:
    def __init__(self, trt, logger):
        self._trt = trt
        self._logger = logger

    def create_network(self, flags=0):
        return Network(flags)

    def create_builder_config(self):
        config = Config(self._trt)
        self._trt.configs.append(config)
        return config

    def create_optimization_profile(self):
        return Profile()

    def build_serialized_network(self, network, config):
        self._trt.networks.append(network)
        if self._trt.refuses == "build":
            self._logger.log(Severity.INTERNAL_ERROR, "no kernel fits")
            return None
        if config.timings is not None:
            config.timings = Timings(config.timings.stored + b"+1 build")
        stored = {
            "inputs": [[one.name, one.dtype.name, one.shape] for one in network.inputs],
            "outputs": [[one.name, one.dtype.name, one.shape] for one in network.outputs],
        }
        return Memory(json.dumps(stored).encode())


class FakeTensorRT:
    """The module. `refuses` names what goes wrong: profile, build, shape, address, pass, load."""

    __version__ = "10.13.0"
    ILogger = ILogger
    OnnxParser = OnnxParser
    BuilderFlag = Flag
    MemoryPoolType = Pool
    NetworkDefinitionCreationFlag: Any = CreationFlag
    IConstantLayer = IConstantLayer
    IConvolutionLayer = IConvolutionLayer
    IScaleLayer = IScaleLayer
    LayerType = None
    ComputeCapability = SimpleNamespace(SM89=Named("SM89"), SM120=Named("SM120"))
    DynamicShapesKernelSpecializationStrategy = SimpleNamespace(EAGER="EAGER", LAZY="LAZY")

    def __init__(self, cuda: FakeCuda | None = None, refuses: str = "") -> None:
        self.cuda = cuda or FakeCuda()
        self.refuses = refuses
        self.level_kept: int | None = None
        """The optimisation level that the library keeps, whatever is asked."""
        self.configs: list[Config] = []
        self.networks: list[Network] = []
        self.contexts: list[Context] = []

    def Builder(self, logger):  # noqa: N802 - the bindings' own name
        return Builder(self, logger)

    def Runtime(self, logger):  # noqa: N802 - as above
        def deserialize(stored):
            if self.refuses == "load":
                logger.log(Severity.ERROR, "of another GPU")
                return None
            return Engine(self, json.loads(bytes(stored)))

        return SimpleNamespace(deserialize_cuda_engine=deserialize)
