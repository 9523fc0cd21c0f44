"""Residual networks of basic or bottleneck blocks, the stride on the 3x3 convolution.

Source: He et al., Deep Residual Learning for Image Recognition (2016), table 1; the bottleneck's
stride as in torchvision. Growth: blocks are repeated in the proportion 3, 4, 6, 3 (the same table)
while all channels are multiplied (Zagoruyko and Komodakis, Wide Residual Networks (2016)).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from model_zoo.families import classifier
from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense

if TYPE_CHECKING:
    from torch import nn

STAGES: Final = (1, 2, 3, 4)
_PROPORTION: Final = (3, 4, 6, 3)
"""Blocks a stage of ResNet-50."""
_STEM_KERNEL: Final = 49
_KERNEL: Final = 9
_BOTTLENECK: Final = 4
"""Channels out of a bottleneck block for each channel inside."""
SCALING: Final = Scaling(
    width_per_layer=4,
    least_depth=3,
    least_width=2,
    width_step=8,
    adjusted=("inner_4", "inner_3", "inner_2", "inner_1"),
)


def arranged(
    blocks: tuple[int, ...], *, width: int, expansion: int, classes: int
) -> dict[str, int]:
    """Return the sizes of a network with these blocks a stage."""
    sizes = {
        "classes": classes,
        "expansion": expansion,
        "image_channels": 3,
        "image_size": 224,
        "width": width,
    }
    for stage, repeats in zip(STAGES, blocks, strict=True):
        sizes[f"blocks_{stage}"] = repeats
        sizes[f"inner_{stage}"] = width << (stage - 1)
    return sizes


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` blocks shared out in the proportion of ResNet-50."""
    total = sum(_PROPORTION)
    blocks = tuple(max(1, (2 * part * depth + total) // (2 * total)) for part in _PROPORTION)
    return arranged(blocks, width=width, expansion=_BOTTLENECK, classes=10)


def _block_parameter_count(inputs: int, inner: int, outputs: int, expansion: int) -> int:
    if expansion == 1:
        return _KERNEL * inner * (inputs + outputs) + 2 * (inner + outputs)
    return inner * (inputs + outputs) + _KERNEL * inner * inner + 2 * (2 * inner + outputs)


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights; running statistics are no weights."""
    width, expansion = sizes["width"], sizes["expansion"]
    count = sizes["image_channels"] * _STEM_KERNEL * width + 2 * width
    previous = width
    for stage in STAGES:
        inner, outputs_ = sizes[f"inner_{stage}"], (width << (stage - 1)) * expansion
        count += _block_parameter_count(previous, inner, outputs_, expansion)
        if previous != outputs_:
            count += (previous + 2) * outputs_
        repeats = sizes[f"blocks_{stage}"] - 1
        count += repeats * _block_parameter_count(outputs_, inner, outputs_, expansion)
        previous = outputs_
    return count + (previous + 1) * sizes["classes"]


def _convolution(shape: tuple[int, int, int], before: int, after: int, branch: int = 1) -> Step:
    """Return the step of a convolution of (inputs, outputs, kernel) between two image sizes."""
    inputs_, outputs_, kernel = shape
    return Step(
        multiplies=after * after * inputs_ * outputs_ * kernel,
        inner=inputs_ * kernel,
        reads=before * before * inputs_,
        writes=after * after * outputs_,
        sequence=branch,
        outputs=outputs_,
        kernel=kernel,
        normed=True,
    )


def _block_steps(
    channels: tuple[int, int, int], images: tuple[int, int], expansion: int
) -> Iterator[Step]:
    inputs_, inner, outputs_ = channels
    before, after = images
    if expansion == 1:
        yield _convolution((inputs_, inner, _KERNEL), before, after)
        yield _convolution((inner, outputs_, _KERNEL), after, after)
    else:
        yield _convolution((inputs_, inner, 1), before, before)
        yield _convolution((inner, inner, _KERNEL), before, after)
        yield _convolution((inner, outputs_, 1), after, after)
    if inputs_ != outputs_:
        yield _convolution((inputs_, outputs_, 1), before, after, branch=0)


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the convolutions block by block, then the head."""
    width, expansion = sizes["width"], sizes["expansion"]
    image = (sizes["image_size"] + 1) // 2
    yield _convolution((sizes["image_channels"], width, _STEM_KERNEL), sizes["image_size"], image)
    before, previous = (image + 1) // 2, width
    for stage in STAGES:
        inner, outputs_ = sizes[f"inner_{stage}"], (width << (stage - 1)) * expansion
        for block in range(sizes[f"blocks_{stage}"]):
            after = (before + 1) // 2 if stage > 1 and block == 0 else before
            yield from _block_steps((previous, inner, outputs_), (before, after), expansion)
            before, previous = after, outputs_
    yield dense(previous, sizes["classes"])


inputs, outputs = classifier.inputs, classifier.outputs


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct stem, stages and head; each block adds 1 / blocks of the variance."""
    from torch import nn

    from model_zoo.families.blocks import Dense, Flattened, NormedConvolution

    width, expansion = sizes["width"], sizes["expansion"]
    share = 1 / sum(sizes[f"blocks_{stage}"] for stage in STAGES)
    stem = NormedConvolution(sizes["image_channels"], width, 7, stride=2)
    layers: list[nn.Module] = [stem, nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
    previous = width
    for stage in STAGES:
        outputs_ = (width << (stage - 1)) * expansion
        for block in range(sizes[f"blocks_{stage}"]):
            channels = (previous, sizes[f"inner_{stage}"], outputs_)
            stride = 2 if stage > 1 and block == 0 else 1
            layers.append(_block(channels, stride=stride, basic=expansion == 1, share=share))
            previous = outputs_
    head = Dense(previous, sizes["classes"])
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), Flattened(previous), head)


def _block(channels: tuple[int, int, int], *, stride: int, basic: bool, share: float) -> nn.Module:
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, NormedConvolution, Residual

    inputs_, inner, outputs_ = channels
    last = RELU_GAIN * share
    first = NormedConvolution(inputs_, inner, 3 if basic else 1, stride=stride if basic else 1)
    layers: list[nn.Module] = [first, nn.ReLU()]
    if not basic:
        middle = NormedConvolution(inner, inner, 3, stride=stride, gain=RELU_GAIN)
        layers += [middle, nn.ReLU()]
    layers.append(NormedConvolution(inner, outputs_, 3 if basic else 1, gain=last))
    shortcut: nn.Module = nn.Identity()
    if inputs_ != outputs_:
        shortcut = NormedConvolution(inputs_, outputs_, 1, stride=stride)
    return Residual(nn.Sequential(*layers), shortcut, nn.ReLU())
