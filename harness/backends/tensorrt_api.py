"""What the harness calls of TensorRT, as protocols: one for 10, 11 and TensorRT for RTX.

No package ships types for all three. The tests hold these against the stubs of 10.13, and against
the bindings of TensorRT for RTX, name by name.
"""

# ruff: noqa: D102 -- the names are NVIDIA's, and so is what each does

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing_extensions import Buffer

Enum = Any
"""A member of one of the bindings' enumerations; each has a `name`."""


class Dims(Protocol):
    """Sizes of a tensor, -1 where one may vary."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> int: ...


class HostMemory(Protocol):
    """Bytes that the library owns; a buffer."""

    @property
    def nbytes(self) -> int: ...

    def __buffer__(self, flags: int, /) -> memoryview: ...


class NetworkTensor(Protocol):
    """A tensor of a network that is being defined."""

    name: str
    shape: Any
    """`Dims` when read; a tuple may be written."""

    @property
    def dtype(self) -> Enum: ...


class Network(Protocol):
    """A network that is being defined."""

    @property
    def num_layers(self) -> int: ...

    @property
    def num_inputs(self) -> int: ...

    @property
    def num_outputs(self) -> int: ...

    def get_input(self, index: int, /) -> NetworkTensor: ...

    def get_output(self, index: int, /) -> NetworkTensor: ...

    def get_layer(self, index: int, /) -> Any: ...  # noqa: ANN401 - one of fifty classes


class ParserError(Protocol):
    """What the parser could not do."""

    def code(self) -> Enum: ...

    def desc(self) -> str: ...

    def node_name(self) -> str: ...

    def node_operator(self) -> str: ...


class Parser(Protocol):
    """Reads ONNX files."""

    @property
    def num_errors(self) -> int: ...

    def parse_from_file(self, model: str, /) -> bool: ...

    def get_error(self, index: int, /) -> ParserError: ...

    def supports_operator(self, operator: str, /) -> bool: ...


class Profile(Protocol):
    """The shapes that an engine serves."""

    def set_shape(self, name: str, least: Any, best: Any, most: Any, /) -> None: ...  # noqa: ANN401 - tuples serve as Dims


class TimingCache(Protocol):
    """How long kernels took when earlier engines were built."""

    def serialize(self) -> HostMemory: ...


class BuilderConfig(Protocol):
    """How an engine is built."""

    builder_optimization_level: int

    def get_flag(self, flag: Enum, /) -> bool: ...

    def set_flag(self, flag: Enum, /) -> None: ...

    def clear_flag(self, flag: Enum, /) -> None: ...

    def get_memory_pool_limit(self, pool: Enum, /) -> int: ...

    def set_memory_pool_limit(self, pool: Enum, size: int, /) -> None: ...

    def add_optimization_profile(self, profile: Any, /) -> int: ...  # noqa: ANN401 - the bindings' own

    def create_timing_cache(self, stored: Buffer, /) -> TimingCache: ...

    def set_timing_cache(self, cache: Any, ignore_mismatch: bool, /) -> bool: ...  # noqa: ANN401, FBT001 - the bindings' own

    def get_timing_cache(self) -> TimingCache: ...


class RtxBuilderConfig(BuilderConfig, Protocol):
    """What TensorRT for RTX adds: engines for a GPU that is not here."""

    num_compute_capabilities: int

    def set_compute_capability(self, capability: Enum, index: int, /) -> bool: ...

    def get_compute_capability(self, index: int, /) -> Enum: ...


class Builder(Protocol):
    """Turns networks into engines."""

    def create_network(self, flags: int = 0, /) -> Network: ...

    def create_builder_config(self) -> BuilderConfig: ...

    def create_optimization_profile(self) -> Profile: ...

    def build_serialized_network(self, network: Any, config: Any, /) -> HostMemory: ...  # noqa: ANN401 - the bindings' own


class Context(Protocol):
    """An engine with memory to run in."""

    def set_input_shape(self, name: str, shape: tuple[int, ...], /) -> bool: ...

    def get_tensor_shape(self, name: str, /) -> Dims: ...

    def set_tensor_address(self, name: str, address: int, /) -> bool: ...

    def execute_async_v3(self, stream: int, /) -> bool: ...


class Engine(Protocol):
    """A network compiled for one kind of GPU."""

    @property
    def num_io_tensors(self) -> int: ...

    @property
    def num_layers(self) -> int: ...

    @property
    def device_memory_size_v2(self) -> int: ...

    def get_tensor_name(self, index: int, /) -> str: ...

    def get_tensor_dtype(self, name: str, /) -> Enum: ...

    def get_tensor_shape(self, name: str, /) -> Dims: ...

    def create_execution_context(self) -> Context: ...


class RtxRuntimeConfig(Protocol):
    """How an engine of TensorRT for RTX makes its kernels when it is loaded."""

    dynamic_shapes_kernel_specialization_strategy: Any


class RtxEngine(Protocol):
    """What TensorRT for RTX adds: kernels are made when the context is."""

    def create_runtime_config(self) -> RtxRuntimeConfig: ...

    def create_execution_context(self, runtime_config: Any, /) -> Context: ...  # noqa: ANN401 - the bindings' own


class Runtime(Protocol):
    """Loads engines."""

    def deserialize_cuda_engine(self, stored: Buffer, /) -> Engine: ...


class TensorRT(Protocol):
    """The module: `tensorrt`, `tensorrt_rtx` or `tensorrt_rtx_bindings`."""

    @property
    def ILogger(self) -> Any: ...  # noqa: ANN401, N802 - a class to be derived from

    @property
    def Builder(self) -> Callable[[Any], Builder]: ...  # noqa: N802 - the bindings' own name

    @property
    def OnnxParser(self) -> Callable[[Any, Any], Parser]: ...  # noqa: N802 - as above

    @property
    def Runtime(self) -> Callable[[Any], Runtime]: ...  # noqa: N802 - as above

    @property
    def BuilderFlag(self) -> Any: ...  # noqa: ANN401, N802 - an enumeration

    @property
    def MemoryPoolType(self) -> Any: ...  # noqa: ANN401, N802 - an enumeration

    @property
    def NetworkDefinitionCreationFlag(self) -> Any: ...  # noqa: ANN401, N802 - an enumeration

    @property
    def LayerType(self) -> Any: ...  # noqa: ANN401, N802 - an enumeration


def version_of(trt: Any) -> str:  # noqa: ANN401 - protocols of modules have no such names
    """Return the library's version."""
    return str(trt.__version__)


def sizes(dims: Dims) -> tuple[int, ...]:
    """Return the sizes as a tuple."""
    return tuple(dims[index] for index in range(len(dims)))
