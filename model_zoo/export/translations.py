"""The ONNX form of the operators in `opaque`, with all that is known written down as constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import onnx_ir as ir
import torch
from onnxscript import opset20 as op

import model_zoo.export.opaque  # noqa: F401 -- registers the operators

_GATE_ORDER: Final = (0, 3, 1, 2)
"""Where ONNX's input, output, forget and cell gates are among torch's i, f, g, o."""
_TENSORS_PER_LAYER: Final = 4


def _heads(
    projections: ir.Value, rotary: Sequence[ir.Value], count: int, *, is_causal: bool
) -> ir.Value:
    """Write softmax(q k^T / sqrt(width) + mask) v for all heads at once."""
    tokens, width = projections.shape[1], projections.shape[2] // (3 * count)
    split = _integers(-1, tokens, count, width)
    queries, keys, values = (
        op.Transpose(op.Reshape(part, split), perm=[0, 2, 1, 3])
        for part in op.Split(projections, num_outputs=3, axis=-1)
    )
    if rotary:
        queries, keys = (_turned(part, rotary, width) for part in (queries, keys))
    number = projections.dtype.numpy()
    queries = op.Mul(queries, _constant(np.array(width**-0.5, dtype=number)))
    scores = op.MatMul(queries, op.Transpose(keys, perm=[0, 1, 3, 2]))
    if is_causal:
        # Every row keeps its own token, so that no row is all infinite.
        later = np.triu(np.full((tokens, tokens), -np.inf), 1).astype(number)
        scores = op.Add(scores, _constant(later))
    mixed = op.Transpose(op.MatMul(op.Softmax(scores, axis=-1), values), perm=[0, 2, 1, 3])
    return op.Reshape(mixed, _integers(-1, tokens, count * width))


def _turned(part: ir.Value, rotary: Sequence[ir.Value], width: int) -> ir.Value:
    """Write `Rotary`: the first numbers of each head turned by their positions."""
    cosines, sines = rotary
    half = cosines.shape[1] // 2
    borders = (0, half, 2 * half, width)
    first, second, kept = (
        op.Slice(part, _integers(start), _integers(end), _integers(-1))
        for start, end in pairwise(borders)
    )
    crossed = op.Concat(op.Neg(second), first, axis=-1)
    along = op.Mul(op.Concat(first, second, axis=-1), cosines)
    return op.Concat(op.Add(along, op.Mul(crossed, sines)), kept, axis=-1)


def _lstm(sequence: ir.Value, weights: Sequence[ir.Value]) -> ir.Value:
    """Write one LSTM operator a layer; the first states are zero."""
    hidden = weights[1].shape[1]
    gates = [np.arange(gate * hidden, (gate + 1) * hidden) for gate in _GATE_ORDER]
    rows = _constant(np.concatenate(gates).astype(np.int64))
    direction = _integers(0)
    current = op.Transpose(sequence, perm=[1, 0, 2])
    for start in range(0, len(weights), _TENSORS_PER_LAYER):
        of_inputs, of_states, *biases = (
            op.Gather(weight, rows, axis=0)
            for weight in weights[start : start + _TENSORS_PER_LAYER]
        )
        outputs, _, _ = op.LSTM(
            current,
            op.Unsqueeze(of_inputs, direction),
            op.Unsqueeze(of_states, direction),
            op.Unsqueeze(op.Concat(*biases, axis=0), direction),
            hidden_size=hidden,
        )
        current = op.Squeeze(outputs, _integers(1))
    return op.Transpose(current, perm=[1, 0, 2])


def _integers(*numbers: int) -> ir.Value:
    return _constant(np.array(numbers, dtype=np.int64))


def _constant(array: Any) -> ir.Value:  # noqa: ANN401 -- NumPy has no name for bfloat16 arrays
    return op.Constant(value=ir.tensor(array))


TRANSLATIONS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    torch.ops.scalecurve.heads.default: _heads,
    torch.ops.scalecurve.lstm.default: _lstm,
}
"""The ONNX form of each opaque operator, as `torch.onnx.export` takes it."""
