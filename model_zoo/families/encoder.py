"""Bidirectional text encoders: BERT with its pooler, without a task's head.

Source: Devlin et al., BERT (2019), section 3; sizes of the small ones from Turc et al.,
Well-Read Students Learn Better (2019), table 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from model_zoo.families import transformer
from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense
from model_zoo.tensor import TensorSpec

if TYPE_CHECKING:
    from torch import nn

SCALING: Final[Scaling] = transformer.SCALING


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` blocks of `width` on 128 tokens of 1,024 words."""
    return {
        **transformer.block_sizes(depth, width),
        "positions": 128,
        "token_types": 2,
        "tokens": 128,
        "vocabulary": 1024,
    }


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights: tables, their norm, blocks, pooler."""
    width = sizes["width"]
    rows = sizes["vocabulary"] + sizes["positions"] + sizes["token_types"]
    pooler = (width + 1) * width
    return (rows + 2) * width + transformer.blocks_parameter_count(sizes) + pooler


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the products: blocks, then the pooler."""
    yield from transformer.block_steps(sizes, sizes["tokens"])
    yield dense(sizes["width"], sizes["width"])


def inputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the tokens; their type is the first one."""
    shape, high = (sizes["tokens"],), sizes["vocabulary"]
    return (TensorSpec(name="tokens", shape=shape, dtype="int64", high=high),)


def outputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return every token's state and the pooled first one."""
    width = sizes["width"]
    return (
        TensorSpec(name="states", shape=(sizes["tokens"], width)),
        TensorSpec(name="pooled", shape=(width,)),
    )


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct tables, blocks and pooler."""
    from torch import nn

    from model_zoo.families.attention import Attention, Heads, Pooled, PostNorm, TokenTables

    width, inner = sizes["width"], sizes["feed_forward"]
    attended = transformer.attention_width(sizes)
    tables = TokenTables(sizes["vocabulary"], width, tokens=sizes["tokens"])
    tables.add_positions(sizes["positions"])
    tables.add_types(sizes["token_types"])
    blocks = []
    for _ in range(sizes["depth"]):
        heads = Heads(attended, sizes["heads"], sizes["tokens"])
        blocks.append(PostNorm(Attention(width, heads, inner=attended), inner))
    return nn.Sequential(tables, nn.LayerNorm(width), *blocks, Pooled(width))
