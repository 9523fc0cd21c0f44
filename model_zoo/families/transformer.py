"""What the transformer families share: closed forms of one block, and how width splits in heads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense

HEAD_WIDTH: Final = 64
"""Width of a head in BERT, GPT-2 and ViT of every published size up to the largest."""
SCALING: Final = Scaling(
    width_per_layer=64, least_depth=2, least_width=4, width_step=64, adjusted=("feed_forward",)
)


def head_count(width: int) -> int:
    """Return the heads of a width: 64 wide where that divides it, else between 64 and 128."""
    heads = width // HEAD_WIDTH
    if width % HEAD_WIDTH == 0 or not heads:
        return max(heads, 1)
    return 1 << (heads.bit_length() - 1)


def block_sizes(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` blocks whose feed-forward layer is four times as wide."""
    return {
        "depth": depth,
        "feed_forward": 4 * width,
        "heads": head_count(width),
        "width": width,
    }


def attention_width(sizes: Mapping[str, int]) -> int:
    """Return the width of all heads together: the network's, unless heads were removed."""
    return sizes.get("attention_width", sizes["width"])


def blocks_parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the weights of all blocks: attention, feed-forward and two layer norms each.

    Source: Vaswani et al., Attention Is All You Need (2017), section 3, with biases.
    """
    width, inner = sizes["width"], sizes["feed_forward"]
    attended = attention_width(sizes)
    attention = 3 * attended * (width + 1) + width * (attended + 1)
    return sizes["depth"] * (attention + 2 * width * inner + inner + width + 4 * width)


def block_steps(sizes: Mapping[str, int], tokens: int) -> Iterator[Step]:
    """Yield the products of all blocks; the attention matrix itself need never be stored."""
    width, inner, depth = sizes["width"], sizes["feed_forward"], sizes["depth"]
    attended = attention_width(sizes)
    yield dense(width, 3 * attended, rows=tokens, repeat=depth)
    yield Step(
        multiplies=2 * tokens * tokens * attended,
        inner=max(tokens, attended // sizes["heads"]),
        reads=3 * tokens * attended,
        writes=tokens * attended,
        sequence=2,
        repeat=depth,
    )
    yield dense(attended, width, rows=tokens, repeat=depth)
    yield dense(width, inner, rows=tokens, repeat=depth)
    yield dense(inner, width, rows=tokens, repeat=depth)
