"""Plain convolutional networks: stages of 3x3 convolutions and max-pooling, and a dense head.

The first convolution of a stage is unpadded; where a stage has more, they keep the size, as in VGG.

Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition
(2015), table 1: channels double from stage to stage, depth grows by more convolutions a stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from model_zoo.families import classifier
from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense

if TYPE_CHECKING:
    from torch import nn

SCALING: Final = Scaling(
    width_per_layer=64, least_depth=1, least_width=6, width_step=8, adjusted=("dense_size",)
)
_KERNEL: Final = 9
"""Weights of a 3x3 kernel."""
_POOL_GAIN: Final = 0.65
"""2 / 3.1: the largest of four rectified normal values has 3.1 times the second moment of one."""


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of three stages of `depth` convolutions, from `width` channels."""
    return {
        "channels": width,
        "classes": 10,
        "dense_size": 4 * width,
        "image_channels": 3,
        "image_size": 32,
        "stage_layers": depth,
        "stages": 3,
    }


def _features(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Return the image size and the channels after the last stage."""
    image = sizes["image_size"]
    for _ in range(sizes["stages"]):
        image = (image - 2) // 2
    if image < 1:
        raise ValueError(f"{sizes['stages']} stages leave nothing of {sizes['image_size']} pixels")
    return image, sizes["channels"] << (sizes["stages"] - 1)


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights."""
    image, last = _features(sizes)
    count = (image * image * last + 1) * sizes["dense_size"]
    count += (sizes["dense_size"] + 1) * sizes["classes"]
    previous = sizes["image_channels"]
    for stage in range(sizes["stages"]):
        channels = sizes["channels"] << stage
        count += (previous * _KERNEL + 1) * channels
        count += (sizes["stage_layers"] - 1) * (channels * _KERNEL + 1) * channels
        previous = channels
    return count


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield one product a layer."""
    image, previous = sizes["image_size"], sizes["image_channels"]
    for stage in range(sizes["stages"]):
        channels = sizes["channels"] << stage
        pixels = (image - 2) ** 2
        yield _convolution(previous, channels, reads=image * image * previous, pixels=pixels)
        if sizes["stage_layers"] > 1:
            reads, repeat = pixels * channels, sizes["stage_layers"] - 1
            yield _convolution(channels, channels, reads=reads, pixels=pixels, repeat=repeat)
        image, previous = (image - 2) // 2, channels
    yield dense(image * image * previous, sizes["dense_size"])
    yield dense(sizes["dense_size"], sizes["classes"])


def _convolution(inputs: int, outputs: int, *, reads: int, pixels: int, repeat: int = 1) -> Step:
    return Step(
        multiplies=pixels * _KERNEL * inputs * outputs,
        inner=_KERNEL * inputs,
        reads=reads,
        writes=pixels * outputs,
        repeat=repeat,
        outputs=outputs,
        kernel=_KERNEL,
    )


inputs, outputs = classifier.inputs, classifier.outputs


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct the stages, with variance kept through ReLU, pooling and padding."""
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, Convolution, Dense, Flattened

    image, previous, gain = sizes["image_size"], sizes["image_channels"], 1.0
    layers: list[nn.Module] = []
    for stage in range(sizes["stages"]):
        channels = sizes["channels"] << stage
        layers += [Convolution(previous, channels, 3, gain=gain), nn.ReLU()]
        # The border's zeros take part of each sum away: (3 s - 2) / 3 s of it is left a side.
        side = image - 2
        padded = RELU_GAIN * (3 * side / (3 * side - 2)) ** 2
        for _ in range(sizes["stage_layers"] - 1):
            layers += [Convolution(channels, channels, 3, padding=1, gain=padded), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
        image, previous, gain = side // 2, channels, _POOL_GAIN
    features = image * image * previous
    hidden = Dense(features, sizes["dense_size"], gain=_POOL_GAIN)
    head = Dense(sizes["dense_size"], sizes["classes"], gain=RELU_GAIN)
    return nn.Sequential(*layers, Flattened(features), hidden, nn.ReLU(), head)
