"""Published networks by their published names, with exactly the published number of weights.

Texts keep 128 tokens, whatever the size of the published position table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from model_zoo.families import decoder, encoder, mobilenet, resnet, transformer, vit
from model_zoo.spec import ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A published network."""

    name: str
    family: str
    parameter_count: int
    """As published."""
    source: str
    """Where sizes and count stand."""
    sizes: tuple[tuple[str, int], ...]
    """Every dimension, sorted by name."""

    @property
    def spec(self) -> ModelSpec:
        """The network to build."""
        return ModelSpec(family=self.family, dimensions=self.sizes, preset=self.name)


def preset(name: str) -> ModelSpec:
    """Return the published network of that name.

    Raises:
        ValueError: there is none; the message lists the nearest names.
    """
    if name not in _BY_NAME:
        near = get_close_matches(name, _BY_NAME, n=3, cutoff=0.3) or list(_BY_NAME)
        raise ValueError(f"unknown preset {name!r}; the nearest are {', '.join(near)}")
    return _BY_NAME[name].spec


def _sorted(sizes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(sizes.items()))


def _resnet(name: str, blocks: tuple[int, int, int, int], expansion: int, count: int) -> Preset:
    sizes = resnet.arranged(blocks, width=64, expansion=expansion, classes=1000)
    return Preset(
        name=name,
        family="resnet",
        parameter_count=count,
        source="He et al., Deep Residual Learning for Image Recognition (2016), table 1; "
        "count: torchvision.models",
        sizes=_sorted(sizes),
    )


def _mobilenet(name: str, permille: int, count: int, source: str) -> Preset:
    return Preset(
        name=name,
        family="mobilenet",
        parameter_count=count,
        source=f"Sandler et al., MobileNetV2 (2018), table 2; count: {source}",
        sizes=_sorted(mobilenet.published(permille)),
    )


def _vit(name: str, shape: tuple[int, int, int, int], count: int, source: str) -> Preset:
    """Return a vision transformer of (depth, width, heads, patch)."""
    depth, width, heads, patch = shape
    sizes = {**vit.scaled(depth, width), "heads": heads, "patch_size": patch, "classes": 1000}
    return Preset(
        name=name, family="vit", parameter_count=count, source=source, sizes=_sorted(sizes)
    )


def _bert(name: str, depth: int, width: int, count: int, source: str) -> Preset:
    sizes = {**encoder.scaled(depth, width), "positions": 512, "vocabulary": 30_522}
    return Preset(
        name=name, family="encoder", parameter_count=count, source=source, sizes=_sorted(sizes)
    )


def _gpt2(name: str, depth: int, width: int, count: int) -> Preset:
    heads = width // transformer.HEAD_WIDTH
    changed = {"heads": heads, "positions": 1024, "vocabulary": 50_257}
    return Preset(
        name=name,
        family="decoder",
        parameter_count=count,
        source="Radford et al., Language Models are Unsupervised Multitask Learners (2019), "
        "table 2; count: the released checkpoint",
        sizes=_sorted({**decoder.scaled(depth, width), **changed}),
    )


def _pythia(size: str, shape: tuple[int, int, int], vocabulary: int, count: int) -> Preset:
    """Return a GPT-NeoX of (depth, width, heads); a quarter of each head is turned."""
    depth, width, heads = shape
    changed = {
        "heads": heads,
        "parallel": 1,
        "positions": 0,
        "rotary": width // heads // 4,
        "tied": 0,
        "vocabulary": vocabulary,
    }
    return Preset(
        name=f"pythia-{size}",
        family="decoder",
        parameter_count=count,
        source="Biderman et al., Pythia (2023), table 1; "
        f"sizes and count: the model card of EleutherAI/pythia-{size}",
        sizes=_sorted({**decoder.scaled(depth, width), **changed}),
    )


_BASIC: Final = 1
_BOTTLENECK: Final = 4
_TIMM: Final = "timm (PyTorch Image Models), which publishes it in millions to two digits"
_VIT: Final = (
    "Dosovitskiy et al., An Image Is Worth 16x16 Words (2021), table 1; count: torchvision"
)
_DEIT: Final = (
    "Touvron et al., Training Data-Efficient Image Transformers (2021), table 1; count: timm"
)
_BERT: Final = "Devlin et al., BERT (2019), section 3; count: the released uncased checkpoint"
_TURC: Final = "Turc et al., Well-Read Students Learn Better (2019), table 1; count: its checkpoint"

PRESETS: Final = (
    _resnet("resnet18", (2, 2, 2, 2), _BASIC, 11_689_512),
    _resnet("resnet34", (3, 4, 6, 3), _BASIC, 21_797_672),
    _resnet("resnet50", (3, 4, 6, 3), _BOTTLENECK, 25_557_032),
    _resnet("resnet101", (3, 4, 23, 3), _BOTTLENECK, 44_549_160),
    _resnet("resnet152", (3, 8, 36, 3), _BOTTLENECK, 60_192_808),
    _mobilenet("mobilenet_v2_035", 350, 1_677_128, _TIMM),
    _mobilenet("mobilenet_v2_050", 500, 1_968_680, _TIMM),
    _mobilenet("mobilenet_v2_075", 750, 2_636_424, _TIMM),
    _mobilenet("mobilenet_v2", 1000, 3_504_872, "torchvision.models"),
    _mobilenet("mobilenet_v2_140", 1400, 6_108_776, _TIMM),
    _vit("vit_ti_16", (12, 192, 3, 16), 5_717_416, _DEIT),
    _vit("vit_s_16", (12, 384, 6, 16), 22_050_664, _DEIT),
    _vit("vit_b_16", (12, 768, 12, 16), 86_567_656, _VIT),
    _vit("vit_l_16", (24, 1024, 16, 16), 304_326_632, _VIT),
    _vit("vit_h_14", (32, 1280, 16, 14), 632_045_800, _VIT),
    _bert("bert-tiny", 2, 128, 4_385_920, _TURC),
    _bert("bert-mini", 4, 256, 11_170_560, _TURC),
    _bert("bert-small", 4, 512, 28_763_648, _TURC),
    _bert("bert-medium", 8, 512, 41_373_184, _TURC),
    _bert("bert-base", 12, 768, 109_482_240, _BERT),
    _bert("bert-large", 24, 1024, 335_141_888, _BERT),
    _gpt2("gpt2", 12, 768, 124_439_808),
    _gpt2("gpt2-medium", 24, 1024, 354_823_168),
    _gpt2("gpt2-large", 36, 1280, 774_030_080),
    _gpt2("gpt2-xl", 48, 1600, 1_557_611_200),
    _pythia("14m", (6, 128, 4), 50_304, 14_067_712),
    _pythia("31m", (6, 256, 8), 50_304, 30_494_720),
    _pythia("70m", (6, 512, 8), 50_304, 70_426_624),
    _pythia("160m", (12, 768, 12), 50_304, 162_322_944),
    _pythia("410m", (24, 1024, 16), 50_304, 405_334_016),
    _pythia("1b", (16, 2048, 8), 50_304, 1_011_781_632),
    _pythia("1.4b", (24, 2048, 16), 50_304, 1_414_647_808),
    _pythia("2.8b", (32, 2560, 32), 50_304, 2_775_208_960),
    _pythia("6.9b", (32, 4096, 32), 50_432, 6_857_302_016),
    _pythia("12b", (36, 5120, 40), 50_688, 11_846_072_320),
)
"""Every published network that the zoo knows, family by family, smallest first."""
_BY_NAME: Final = {known.name: known for known in PRESETS}
