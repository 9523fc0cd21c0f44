"""The file that wraps onnxruntime.quantization: a file of floats becomes one of integers."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization import matmul_nbits_quantizer
from onnxruntime.quantization.onnx_model import ONNXModel

from model_zoo.export.onnx import MAIN
from model_zoo.inputs import signature
from model_zoo.spec import ModelSpec
from model_zoo.variants.calibrate import calibration_inputs
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.quantise import to_integers
from model_zoo.variants.shape import BLOCK

_PRODUCTS: Final = ("MatMul", "Gemm")
_CONVOLVED: Final = ("cnn", "resnet", "mobilenet")
"""Families whose convolutions are layers of theirs; of others they cut patches, and stay."""
_LARGE_BYTES: Final = 10**9


def quantise_file(spec: ModelSpec, folder: Path) -> None:
    """Replace the file of floats in a folder by the variant's, which holds integers.

    Args:
        spec: With a variant that stores integers.
        folder: Holds `model.onnx`, and its data where that lies apart.
    """
    variant = spec.transform
    if variant is None:
        return
    aside = folder / "floats"
    aside.mkdir()
    for file in [path for path in folder.iterdir() if path.is_file()]:
        file.rename(aside / file.name)
    with _quiet():
        _WAYS[variant.kind](spec, variant, aside / MAIN, folder / MAIN)
    shutil.rmtree(aside)


class _Items(quantization.CalibrationDataReader):  # type: ignore[misc]  # a class without types
    """The zoo's inputs, one item after the other."""

    def __init__(self, spec: ModelSpec) -> None:
        names = [tensor.name for tensor in signature(spec)]
        self._left = [dict(zip(names, arrays, strict=True)) for arrays in calibration_inputs(spec)]

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """Return the next item's inputs by name; None at the end."""
        return self._left.pop(0) if self._left else None


def _static(spec: ModelSpec, variant: Variant, before: Path, after: Path) -> None:
    """Symmetric int8 for weights and calibrated activations, as pairs of Q and DQ."""
    model = onnx.load(before, load_external_data=False)
    kinds = (*_PRODUCTS, "Conv") if spec.family in _CONVOLVED else _PRODUCTS
    quantization.quantize_static(
        str(before),
        str(after),
        _Items(spec),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=list(kinds),
        nodes_to_quantize=[node.name for node in _layers(model, kinds)],
        per_channel=variant.per_channel,
        activation_type=quantization.QuantType.QInt8,
        weight_type=quantization.QuantType.QInt8,
        use_external_data_format=_is_large(before),
        extra_options={
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            # The sum is int32, and goes on as a float: no second rounding after it.
            "OpTypesToExcludeOutputQuantization": list(_PRODUCTS),
            # Else a weight's scale may grow for its bias's sake, and the weights with it.
            "QDQDisableWeightAdjustForInt32Bias": True,
        },
    )


def _dynamic(spec: ModelSpec, variant: Variant, before: Path, after: Path) -> None:
    """Int8 weights, and activations whose scales are found in each pass."""
    del spec
    model = _without_gemm(before)
    quantization.quantize_dynamic(
        model,
        str(after),
        op_types_to_quantize=["MatMul"],
        nodes_to_quantize=[node.name for node in _layers(model, ("MatMul",))],
        per_channel=variant.per_channel,
        weight_type=quantization.QuantType.QInt8,
        use_external_data_format=_is_large(before),
        extra_options={"WeightSymmetric": True},
    )


def _blocks(spec: ModelSpec, variant: Variant, before: Path, after: Path) -> None:
    """Int4 weights in blocks, multiplied by `MatMulNBits`, with sums in fp32."""
    del spec, variant
    model = _without_gemm(before)
    whole = {node.name for node in _layers(model, ("MatMul",))}
    left = [node.name for node in model.graph.node if node.name not in whole]
    quantizer = matmul_nbits_quantizer.MatMulNBitsQuantizer(
        model, bits=4, block_size=BLOCK, is_symmetric=True, nodes_to_exclude=left
    )
    quantizer.process()
    quantizer.model.save_model_to_file(str(after), _is_large(before))


def _weights(spec: ModelSpec, variant: Variant, before: Path, after: Path) -> None:
    """Int8 weights that a node turns into floats in front of each product."""
    del spec
    model = _without_gemm(before)
    known = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = {node.name: node for node in _layers(model, ("MatMul",))}
    for node in tuple(model.graph.node):
        if node.name in nodes:
            tensor = known[node.input[1]]
            place = list(model.graph.node).index(node)
            model.graph.node.insert(place, _dequantised(model.graph, node, tensor, variant))
            model.graph.initializer.remove(tensor)
    ONNXModel(model).save_model_to_file(str(after), _is_large(before))


def _dequantised(graph: Any, node: Any, tensor: Any, variant: Variant) -> Any:  # noqa: ANN401 -- onnx is untyped
    """Store a weight, (inputs, outputs), as integers; return the node that gives it back."""
    weight = torch.from_numpy(numpy_helper.to_array(tensor).T.copy())
    integers = to_integers(weight, variant)
    names = [f"{tensor.name}_integers", f"{tensor.name}_scales"]
    arrays = (integers.values.T.contiguous().numpy(), integers.scales.numpy())
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(array), name)
        for array, name in zip(arrays, names, strict=True)
    )
    node.input[1] = f"{tensor.name}_floats"
    axis = {"axis": 1} if variant.per_channel else {}
    return onnx.helper.make_node(
        "DequantizeLinear", names, [node.input[1]], name=f"{node.name}_floats", **axis
    )


def _without_gemm(path: Path) -> Any:  # noqa: ANN401 -- as above
    """Read a file, every fully connected layer of it as a product and a sum."""
    model = ONNXModel(onnx.load(path))
    model.replace_gemm_with_matmul()
    del model.model.graph.value_info[:]  # some are of weights that it has turned
    return model.model


def _layers(model: Any, kinds: tuple[str, ...]) -> Iterator[Any]:  # noqa: ANN401 -- as above
    """Yield the nodes that multiply by weights of their own."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return (n for n in model.graph.node if n.op_type in kinds and n.input[1] in weights)


def _is_large(before: Path) -> bool:
    return sum(file.stat().st_size for file in before.parent.iterdir()) > 2 * _LARGE_BYTES


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the quantiser's advice, which it gives to the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


_WAYS: Final[dict[Kind, Callable[[ModelSpec, Variant, Path, Path], None]]] = {
    Kind.INT8_STATIC: _static,
    Kind.INT8_DYNAMIC: _dynamic,
    Kind.INT8_WEIGHT: _weights,
    Kind.INT4_WEIGHT: _blocks,
}
