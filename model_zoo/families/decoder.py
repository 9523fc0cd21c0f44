"""Causal text decoders: GPT-2, and the GPT-NeoX form of Pythia.

Source: Radford et al., Language Models are Unsupervised Multitask Learners (2019), section 2.3, for
learned positions and an output tied to the token table; Black et al., GPT-NeoX-20B (2022), section
2.1, for rotary positions, parallel residuals and an output of its own.
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
    """Return the sizes of `depth` blocks of `width` in GPT-2's form, on 1,024 words."""
    return {
        **transformer.block_sizes(depth, width),
        "parallel": 0,
        "positions": 128,
        "rotary": 0,
        "tied": 1,
        "tokens": 128,
        "vocabulary": 1024,
    }


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights; a tied output counts once, rotary positions are no weights."""
    width = sizes["width"]
    tables = (2 - sizes["tied"]) * sizes["vocabulary"] + sizes["positions"]
    return (tables + 2) * width + transformer.blocks_parameter_count(sizes)


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the products: blocks, then the scores of every word after every token."""
    yield from transformer.block_steps(sizes, sizes["tokens"])
    width, words, is_own = sizes["width"], sizes["vocabulary"], not sizes["tied"]
    yield dense(width, words, rows=sizes["tokens"], is_layer=is_own)


def inputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the tokens."""
    shape, high = (sizes["tokens"],), sizes["vocabulary"]
    return (TensorSpec(name="tokens", shape=shape, dtype="int64", high=high),)


def outputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the scores of the next word after every token."""
    return (TensorSpec(name="scores", shape=(sizes["tokens"], sizes["vocabulary"])),)


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct tables, blocks and output."""
    from torch import nn

    from model_zoo.families.attention import LanguageModel, TokenTables

    width = sizes["width"]
    # A tied table also multiplies the last states: its scale keeps the scores of order one.
    std = width**-0.5 if sizes["tied"] else 1.0
    tables = TokenTables(sizes["vocabulary"], width, tokens=sizes["tokens"], std=std)
    if sizes["positions"]:
        tables.add_positions(sizes["positions"])
    blocks = [_block(sizes) for _ in range(sizes["depth"])]
    body = nn.Sequential(*blocks, nn.LayerNorm(width))
    return LanguageModel(tables, body, tied=bool(sizes["tied"]))


def _block(sizes: Mapping[str, int]) -> nn.Module:
    from model_zoo.families.attention import Attention, Heads, Parallel, PreNorm, Rotary

    share = 1 / (2 * sizes["depth"])
    rotary = Rotary(sizes["tokens"], sizes["rotary"]) if sizes["rotary"] else None
    width = sizes["width"]
    inner = transformer.attention_width(sizes)
    heads = Heads(inner, sizes["heads"], sizes["tokens"], is_causal=True, rotary=rotary)
    attention = Attention(width, heads, gain=share, inner=inner)
    form = Parallel if sizes["parallel"] else PreNorm
    gelu = "none" if sizes["parallel"] else "tanh"
    return form(attention, sizes["feed_forward"], gain=share, gelu=gelu)
