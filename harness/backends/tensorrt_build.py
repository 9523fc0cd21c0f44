"""Builds an engine from a network: options set, read back, and stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final, cast

from harness.backends.settings import require_applied
from harness.backends.tensorrt_api import (
    Builder,
    BuilderConfig,
    HostMemory,
    Network,
    RtxBuilderConfig,
    TensorRT,
)
from harness.backends.tensorrt_flavour import FLAVOURS, LEVEL, TF32, TIMING_CACHE, WORKSPACE
from harness.backends.tensorrt_network import (
    Log,
    fix_batch,
    inputs,
    item_shape,
    outputs,
    read_network,
    weight_count,
)
from harness.backends.tensorrt_order import Order
from harness.backends.tensorrt_timing import timing_cache
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

_BYTES_PER_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An engine, as its library stores it, and what was read back while it was made."""

    engine: HostMemory
    settings: Mapping[str, str]
    """Of the builder, as its getters give them."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    """Names of the tensors, in the network's order."""
    layers: int
    """Of the network, before it is compiled."""
    weights: int
    parse_ns: int
    build_ns: int


def build(trt: TensorRT, order: Order, path: Path, timings: Path | None = None) -> Built:
    """Parse the ONNX file and build the engine that was ordered, on this process's device.

    `timings` is the file of the timing cache, where one is asked for.

    Raises:
        PreparationError: the library refuses the file or the network, or a setting has no effect.
    """
    start = perf_counter_ns()
    log = Log(trt)
    builder = trt.Builder(log.logger)
    network = read_network(trt, builder, path, log)
    if not order.is_dynamic:
        fix_batch(network, order.batch_size)
    config = builder.create_builder_config()
    settings = _configure(trt, builder, network, config, order)
    parsed = perf_counter_ns()
    cached = timing_cache(config, timings) if timings is not None else nullcontext()
    with cached:
        begun = perf_counter_ns()
        engine = builder.build_serialized_network(network, config)
        ended = perf_counter_ns()
    if engine is None:
        raise PreparationError(ReasonCode.PREPARATION_FAILED, f"{path}: no engine: {log.last()}")
    return Built(
        engine=engine,
        settings=settings,
        inputs=tuple(tensor.name for tensor in inputs(network)),
        outputs=tuple(tensor.name for tensor in outputs(network)),
        layers=network.num_layers,
        weights=weight_count(trt, network),
        parse_ns=parsed - start,
        build_ns=ended - begun,
    )


def _configure(
    trt: TensorRT, builder: Builder, network: Network, config: BuilderConfig, order: Order
) -> dict[str, str]:
    """Set what was ordered, read all of it back, and return that."""
    tf32 = trt.BuilderFlag.TF32
    (config.set_flag if order.option(TF32.name) == "1" else config.clear_flag)(tf32)
    config.builder_optimization_level = int(order.option(LEVEL.name))
    pool, limit = trt.MemoryPoolType.WORKSPACE, order.option(WORKSPACE.name)
    if limit.isdecimal():
        config.set_memory_pool_limit(pool, int(limit) * _BYTES_PER_MIB)
    if order.is_dynamic:
        _add_profile(builder, network, config, order)
    found = {
        TF32.name: str(int(config.get_flag(tf32))),
        LEVEL.name: str(config.builder_optimization_level),
        WORKSPACE.name: str(config.get_memory_pool_limit(pool) // _BYTES_PER_MIB),
    }
    asked = {name: order.option(name) for name in found}
    if not limit.isdecimal():
        asked[WORKSPACE.name] = found[WORKSPACE.name]  # the library's own: the whole device
    if FLAVOURS[order.flavour].ahead_of_time:
        found["compute_capability"] = _aim(trt, cast("RtxBuilderConfig", config), order.sm)
        asked["compute_capability"] = f"SM{order.sm}"
    require_applied(asked, found)
    batch = f"1 to {order.largest_batch}" if order.is_dynamic else str(order.batch_size)
    timing = order.option(TIMING_CACHE.name) or "none, by this library"
    return {**found, "batches": batch, TIMING_CACHE.name: timing}


def _aim(trt: Any, config: RtxBuilderConfig, sm: int) -> str:  # noqa: ANN401 - RTX alone has this
    """Build for one compute capability, whichever GPU is here; return what was read back."""
    config.num_compute_capabilities = 1
    config.set_compute_capability(getattr(trt.ComputeCapability, f"SM{sm}"), 0)
    return str(config.get_compute_capability(0).name)


def _add_profile(builder: Builder, network: Network, config: BuilderConfig, order: Order) -> None:
    """Let the batch vary, with kernels chosen for the one that is measured."""
    profile = builder.create_optimization_profile()
    for tensor in inputs(network):
        item = item_shape(tensor)
        least, best, most = ((batch, *item) for batch in (1, order.batch_size, order.largest_batch))
        profile.set_shape(tensor.name, least, best, most)
    if config.add_optimization_profile(profile) != 0:
        detail = f"the library refused the profile of batches 1 to {order.largest_batch}"
        raise PreparationError(ReasonCode.SETTING_NOT_APPLIED, detail)
