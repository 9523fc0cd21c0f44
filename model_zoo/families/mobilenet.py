"""MobileNetV2: inverted residuals with linear bottlenecks.

Source: Sandler et al., MobileNetV2 (2018), table 2; channels are rounded as in the authors' code
and torchvision (`_make_divisible`). Growth: the width multiplier of the paper together with the
depth multiplier of Tan and Le, EfficientNet (2019), section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from model_zoo.families import classifier
from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense, pointwise

if TYPE_CHECKING:
    from torch import nn

_STAGES: Final = (
    (16, 1, 1),
    (24, 2, 2),
    (32, 3, 2),
    (64, 4, 2),
    (96, 3, 1),
    (160, 3, 2),
    (320, 1, 1),
)
"""Channels, blocks and stride of each stage at width and depth 1."""
_DEPTH: Final = sum(repeats for _, repeats, _ in _STAGES)
_STEM: Final = 32
_HEAD: Final = 1280
_KERNEL: Final = 9
_ALIGNED_WIDTH: Final = 500
"""Width in thousandths from which channels are multiples of 8, as published; of 4 below."""
SCALING: Final = Scaling(
    width_per_layer=59,
    least_depth=6,
    least_width=25,
    width_step=10,
    adjusted=("head_channels",),
)


class _Block(NamedTuple):
    """One inverted residual, or several equal ones in a row; made too often for a dataclass."""

    inputs: int
    inner: int
    outputs: int
    stride: int
    repeat: int = 1

    @property
    def parameter_count(self) -> int:
        inputs_, inner, outputs_, _, repeat = self
        expand = (inputs_ + 2) * inner if inner != inputs_ else 0
        return repeat * (expand + (_KERNEL + 2) * inner + (inner + 2) * outputs_)


def divisible(channels: int, permille: int, divisor: int) -> int:
    """Scale channels by a width in thousandths and round to a multiple of the divisor.

    Source: `_make_divisible` of the authors' code: nearest, but never more than 10 % down.
    """
    exact = channels * permille
    rounded = max(divisor, (2 * exact + 1000 * divisor) // (2000 * divisor) * divisor)
    return rounded + divisor if rounded * 10_000 < 9 * exact else rounded


def published(permille: int) -> dict[str, int]:
    """Return the sizes of the published network of a width multiplier, in thousandths."""
    return {
        "classes": 1000,
        "depth": _DEPTH,
        "divisor": 8,
        "expansion": 6,
        "head_channels": divisible(_HEAD, max(permille, 1000), 8),
        "image_channels": 3,
        "image_size": 224,
        "width": permille,
    }


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of about `depth` blocks at a width in thousandths."""
    divisor = 8 if width >= _ALIGNED_WIDTH else 4
    head = 4 * divisible(_STAGES[-1][0], width, divisor)
    changed = {"classes": 10, "depth": depth, "divisor": divisor, "head_channels": head}
    return {**published(width), **changed}


def _blocks(sizes: Mapping[str, int]) -> Iterator[_Block]:
    """Yield the blocks, equal neighbours as one."""
    width, depth, divisor = sizes["width"], sizes["depth"], sizes["divisor"]
    previous = divisible(_STEM, width, divisor)
    for index, (channels, base, stride) in enumerate(_STAGES):
        outputs_ = divisible(channels, width, divisor)
        repeat = max(1, (2 * base * depth + _DEPTH) // (2 * _DEPTH))
        expansion = sizes["expansion"] if index else 1
        yield _Block(previous, previous * expansion, outputs_, stride)
        if repeat > 1:
            yield _Block(outputs_, outputs_ * expansion, outputs_, 1, repeat - 1)
        previous = outputs_


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights; running statistics are no weights."""
    blocks = tuple(_blocks(sizes))
    head = sizes["head_channels"]
    stem = (sizes["image_channels"] * _KERNEL + 2) * blocks[0].inputs
    body = sum(block.parameter_count for block in blocks)
    return stem + body + (blocks[-1].outputs + 2) * head + (head + 1) * sizes["classes"]


def _pointwise(inputs_: int, outputs_: int, image: int, repeat: int) -> Step:
    return pointwise(inputs_, outputs_, rows=image * image, repeat=repeat)


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the convolutions block by block, then the head."""
    blocks = tuple(_blocks(sizes))
    before, image = sizes["image_size"], (sizes["image_size"] + 1) // 2
    stem, channels = blocks[0].inputs, sizes["image_channels"]
    yield Step(
        multiplies=image * image * channels * stem * _KERNEL,
        inner=channels * _KERNEL,
        reads=before * before * channels,
        writes=image * image * stem,
        outputs=stem,
        kernel=_KERNEL,
        normed=True,
    )
    for block in blocks:
        before, image = image, (image + 1) // 2 if block.stride > 1 else image
        if block.inner != block.inputs:
            yield _pointwise(block.inputs, block.inner, before, block.repeat)
        yield Step(
            multiplies=image * image * block.inner * _KERNEL,
            inner=_KERNEL,
            reads=before * before * block.inner,
            writes=image * image * block.inner,
            repeat=block.repeat,
            outputs=block.inner,
            kernel=_KERNEL,
            normed=True,
        )
        yield _pointwise(block.inner, block.outputs, image, block.repeat)
    yield _pointwise(blocks[-1].outputs, sizes["head_channels"], image, 1)
    yield dense(sizes["head_channels"], sizes["classes"])


inputs, outputs = classifier.inputs, classifier.outputs


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct stem, blocks and head; each residual adds 1 / blocks of the variance."""
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, Dense, Flattened, NormedConvolution

    blocks = tuple(_blocks(sizes))
    share = 1 / sum(block.repeat for block in blocks)
    stem = NormedConvolution(sizes["image_channels"], blocks[0].inputs, 3, stride=2)
    layers: list[nn.Module] = [stem, nn.ReLU6()]
    for index, block in enumerate(blocks):
        gain = RELU_GAIN if index == 0 else 1.0
        layers += [_block(block, gain=gain, share=share) for _ in range(block.repeat)]
    last = NormedConvolution(blocks[-1].outputs, sizes["head_channels"], 1)
    head = Dense(sizes["head_channels"], sizes["classes"], gain=RELU_GAIN)
    pooled = [nn.AdaptiveAvgPool2d(1), Flattened(sizes["head_channels"])]
    return nn.Sequential(*layers, last, nn.ReLU6(), *pooled, head)


def _block(block: _Block, *, gain: float, share: float) -> nn.Module:
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, NormedConvolution, Residual

    layers: list[nn.Module] = []
    if block.inner != block.inputs:
        layers += [NormedConvolution(block.inputs, block.inner, 1, gain=gain), nn.ReLU6()]
        gain = RELU_GAIN
    spatial = NormedConvolution(
        block.inner, block.inner, 3, stride=block.stride, groups=block.inner, gain=gain
    )
    is_residual = block.stride == 1 and block.inputs == block.outputs
    last = RELU_GAIN * (share if is_residual else 1.0)
    layers += [spatial, nn.ReLU6(), NormedConvolution(block.inner, block.outputs, 1, gain=last)]
    branch = nn.Sequential(*layers)
    return Residual(branch, nn.Identity(), nn.Identity()) if is_residual else branch
