"""An ONNX file as TensorRT's network: parsed, its batch set, its weights counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from harness.backends.tensorrt_api import Builder, Network, Parser, ParserError, TensorRT, sizes
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

_UNSUPPORTED: Final = "UNSUPPORTED"
"""Part of the names of the parser's errors that are about an operator it does not have."""
_ERROR: Final = 1
"""Severity of `ILogger`: an error; 0 is one of the library's own making."""
_LAYERS_WITH_WEIGHTS: Final = {
    "CONSTANT": ("IConstantLayer", ("weights",)),
    "CONVOLUTION": ("IConvolutionLayer", ("kernel", "bias")),
    "SCALE": ("IScaleLayer", ("shift", "scale", "power")),
}
"""By layer type: the bindings' class, and its properties that hold weights."""


class Log:
    """The errors that the library logged, and the logger to give it."""

    def __init__(self, trt: TensorRT) -> None:
        self.errors: list[str] = []

        def keep(_logger: object, severity: Any, message: str) -> None:  # noqa: ANN401 - an enumeration
            if int(severity) <= _ERROR:
                self.errors.append(" ".join(message.split()))

        kind: Any = type("KeepErrors", (trt.ILogger,), {"log": keep})
        self.logger: Any = kind()

    def last(self) -> str:
        """Return the last errors, which say why something came back empty."""
        return "; ".join(self.errors[-3:]) or "the library gave no reason"


def read_network(trt: TensorRT, builder: Builder, path: Path, log: Log) -> Network:
    """Parse an ONNX file into a strongly typed network.

    Layers then have the number formats that the file says, and no others.

    Raises:
        PreparationError: the file does not parse; operators that TensorRT lacks are named.
    """
    network = builder.create_network(_strongly_typed(trt))
    parser = trt.OnnxParser(network, log.logger)
    if not parser.parse_from_file(str(path)):
        raise _refused(parser, path, log)
    if not network.num_outputs:  # an empty file is an empty network, and parses
        raise PreparationError(ReasonCode.PREPARATION_FAILED, f"{path}: a network of no outputs")
    return network


def fix_batch(network: Network, batch_size: int) -> None:
    """Give every input whose first size may vary this batch size.

    Raises:
        PreparationError: another size than the batch may vary.
    """
    for tensor in inputs(network):
        tensor.shape = (batch_size, *item_shape(tensor))


def item_shape(tensor: Any) -> tuple[int, ...]:  # noqa: ANN401 - a network's tensor
    """Return the sizes after the batch.

    Raises:
        PreparationError: one of them may vary.
    """
    shape = sizes(tensor.shape)[1:]
    if min(shape, default=1) < 0:
        detail = f"{tensor.name!r} has the shape {sizes(tensor.shape)}: only the batch may vary"
        raise PreparationError(ReasonCode.PREPARATION_FAILED, detail)
    return shape


def inputs(network: Network) -> list[Any]:
    """Return the network's inputs, in order."""
    return [network.get_input(index) for index in range(network.num_inputs)]


def outputs(network: Network) -> list[Any]:
    """Return the network's outputs, in order."""
    return [network.get_output(index) for index in range(network.num_outputs)]


def weight_count(trt: TensorRT, network: Network) -> int:
    """Count the numbers in constants and in the kernels of convolutions."""
    layers = (network.get_layer(index) for index in range(network.num_layers))
    return sum(_weights_of(trt, layer) for layer in layers)


def _weights_of(trt: TensorRT, layer: Any) -> int:  # noqa: ANN401 - one of fifty classes
    kind, names = _LAYERS_WITH_WEIGHTS.get(layer.type.name, ("", ()))
    if not names:
        return 0
    layer.__class__ = getattr(trt, kind)  # the bindings give every layer its base class
    return sum(int(getattr(layer, name).size) for name in names)


def _strongly_typed(trt: TensorRT) -> int:
    """Return the flag of a strongly typed network; from version 11 on there is no other kind."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _is_lacking(parser: Parser, error: ParserError) -> bool:
    """Say whether an error is about an operator that TensorRT lacks, or only some uses of it."""
    operator = error.node_operator()
    unknown = bool(operator) and not parser.supports_operator(operator)
    return unknown or _UNSUPPORTED in error.code().name


def _refused(parser: Parser, path: Path, log: Log) -> PreparationError:
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    lacking = [error for error in errors if _is_lacking(parser, error)]
    if not lacking:
        said = "; ".join(error.desc() for error in errors) or log.last()
        return PreparationError(ReasonCode.PREPARATION_FAILED, f"{path} does not parse: {said}")
    named = "; ".join(
        f"{error.node_operator() or 'a tensor'} ({error.node_name()}): {error.desc()}"
        for error in lacking
    )
    return PreparationError(ReasonCode.OPERATOR_UNSUPPORTED, f"{path}: {named}")
