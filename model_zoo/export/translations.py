"""How attention and LSTM layers become ONNX operators, where the exporter's own way is slow to run.

The exporter's forms find out at run time what is known here: tokens, head widths, zero states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import onnx_ir as ir
import torch
from onnxscript import opset20 as op

_GATE_ORDER: Final = (0, 3, 1, 2)
"""Where ONNX's input, output, forget and cell gates are among torch's i, f, g, o."""
_TENSORS_PER_LAYER: Final = 4


def _attention(  # noqa: PLR0913, PLR0917 -- the signature of the torch operator
    query: ir.Value,
    key: ir.Value,
    value: ir.Value,
    attn_mask: ir.Value | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,  # noqa: FBT001, FBT002
    scale: float | None = None,
    enable_gqa: bool = False,  # noqa: FBT001, FBT002
) -> ir.Value:
    """Write softmax(q k^T / sqrt(width) + mask) v with all sizes known."""
    if attn_mask is not None or dropout_p or enable_gqa:
        raise NotImplementedError("the zoo's networks use attention with no or a causal mask only")
    tokens, width = query.shape[-2], query.shape[-1]
    number = query.dtype.numpy()
    factor = np.array(scale or width**-0.5, dtype=number)
    scores = op.MatMul(op.Mul(query, _constant(factor)), op.Transpose(key, perm=[0, 1, 3, 2]))
    if is_causal:
        # Every row keeps its own token, so that no row is all infinite.
        later = np.triu(np.full((tokens, tokens), -np.inf), 1).astype(number)
        scores = op.Add(scores, _constant(later))
    return op.MatMul(op.Softmax(scores, axis=-1), value)


def _lstm(  # noqa: PLR0913, PLR0917 -- the signature of the torch operator
    sequence: ir.Value,
    states: Sequence[ir.Value],
    weights: Sequence[ir.Value],
    has_biases: bool,  # noqa: FBT001
    num_layers: int,
    dropout: float,
    train: bool,  # noqa: FBT001
    bidirectional: bool,  # noqa: FBT001
    batch_first: bool,  # noqa: FBT001
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Write one LSTM operator a layer; first states are zero, last states are not used."""
    if bidirectional or train or dropout or not (has_biases and batch_first):
        raise NotImplementedError("the zoo's LSTM layers go one way, have biases, batch first")
    hidden = weights[1].shape[1]
    gates = [range(gate * hidden, (gate + 1) * hidden) for gate in _GATE_ORDER]
    rows = _constant(np.concatenate([np.array(gate, dtype=np.int64) for gate in gates]))
    direction = _constant(np.array([0], dtype=np.int64))
    current = op.Transpose(sequence, perm=[1, 0, 2])
    for layer in range(num_layers):
        start = layer * _TENSORS_PER_LAYER
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
        current = op.Squeeze(outputs, _constant(np.array([1], dtype=np.int64)))
    return op.Transpose(current, perm=[1, 0, 2]), states[0], states[1]


def _constant(array: Any) -> ir.Value:  # noqa: ANN401 -- NumPy has no name for bfloat16 arrays
    return op.Constant(value=ir.tensor(array))


TRANSLATIONS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    torch.ops.aten.scaled_dot_product_attention.default: _attention,
    torch.ops.aten.lstm.input: _lstm,
}
"""Our form of each torch operator, as `torch.onnx.export` takes it."""
