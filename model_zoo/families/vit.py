"""Vision transformers: image patches, a class token, blocks with the norm first, a linear head.

Source: Dosovitskiy et al., An Image Is Worth 16x16 Words (2021), section 3.1 and table 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from model_zoo.families import classifier, transformer
from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense

if TYPE_CHECKING:
    from torch import nn

SCALING: Final[Scaling] = transformer.SCALING


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` blocks of `width` on patches of 16 pixels."""
    return {
        **transformer.block_sizes(depth, width),
        "classes": 10,
        "image_channels": 3,
        "image_size": 224,
        "patch_size": 16,
    }


def _patch(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Return the patches of an image and the numbers in a patch."""
    side = sizes["image_size"] // sizes["patch_size"]
    return side * side, sizes["image_channels"] * sizes["patch_size"] ** 2


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights."""
    patches, pixels = _patch(sizes)
    width = sizes["width"]
    tokens = (pixels + 1) * width + width + (patches + 1) * width
    head = 2 * width + (width + 1) * sizes["classes"]
    return tokens + transformer.blocks_parameter_count(sizes) + head


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the products: patches, blocks, head."""
    patches, pixels = _patch(sizes)
    yield dense(pixels, sizes["width"], rows=patches, is_layer=False)
    yield from transformer.block_steps(sizes, patches + 1)
    yield dense(sizes["width"], sizes["classes"])


inputs, outputs = classifier.inputs, classifier.outputs


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct patches, blocks and head."""
    from torch import nn

    from model_zoo.families.attention import Attention, Heads, Patches, PreNorm, TakeFirst
    from model_zoo.families.blocks import Dense

    width, depth = sizes["width"], sizes["depth"]
    share, inner = 1 / (2 * depth), transformer.attention_width(sizes)
    count, _ = _patch(sizes)
    patches = Patches(sizes["image_channels"], width, sizes["patch_size"], count)
    blocks: list[nn.Module] = []
    for _ in range(depth):
        heads = Heads(inner, sizes["heads"], count + 1)
        attention = Attention(width, heads, gain=share, inner=inner)
        blocks.append(PreNorm(attention, sizes["feed_forward"], gain=share))
    head = Dense(width, sizes["classes"])
    return nn.Sequential(patches, *blocks, TakeFirst(), nn.LayerNorm(width), head)
