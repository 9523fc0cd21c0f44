"""What each tensor of a network is filled with: seeded by its name, scaled to keep the variance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from model_zoo.families.attention import Patches, Rotary, TokenTables
from model_zoo.families.blocks import STATE_GAIN, Convolution, Dense
from model_zoo.spec import ModelSpec

_PART: Final = 1 << 20
"""Numbers that one seed gives; the same for every dtype, so that all have the same weights."""
_SMALL: Final = 0.02
"""Standard deviation of biases: enough to matter, too little to drown the input.

Source: Radford et al., Language Models are Unsupervised Multitask Learners (2019); GPT-2's code.
"""


@dataclass(frozen=True, slots=True)
class Filling:
    """Normal numbers of a mean and standard deviation, or given values."""

    mean: float
    std: float
    values: Tensor | None = None
    """Values that are computed, not drawn."""


def fillings(module: nn.Module) -> Iterator[tuple[str, Tensor, Filling]]:
    """Yield name, tensor and filling of every weight and buffer, each once."""
    for prefix, owner in module.named_modules():
        own = [*owner.named_parameters(recurse=False), *owner.named_buffers(recurse=False)]
        for name, tensor in own:
            yield (f"{prefix}.{name}" if prefix else name), tensor, _filling(owner, name)


def _filling(owner: nn.Module, name: str) -> Filling:
    """Return the rule for a tensor of a module.

    Weights are normal with variance gain / fan-in.

    Source: He et al., Delving Deep into Rectifiers (2015), section 2.2.
    """
    if isinstance(owner, Rotary):
        angles = owner.angles()
        return Filling(0, 0, angles.cos() if name == "cosines" else angles.sin())
    if isinstance(owner, TokenTables):
        return Filling(0, owner.std if name == "words" else owner.std / 2)
    if isinstance(owner, Patches) and name != "projection":
        return Filling(0, 0.5)
    if name.startswith("bias") or name == "running_mean":
        return Filling(0, _SMALL)
    if isinstance(owner, nn.LSTM | Dense | nn.Conv2d):
        gain = owner.gain if isinstance(owner, Dense | Convolution) else _lstm_gain(owner, name)
        fan_in = getattr(owner, name)[0].numel()
        return Filling(0, (gain / fan_in) ** 0.5)
    # What is left scales a norm, or is a running variance: near one.
    return Filling(1, 0.05)


def _lstm_gain(owner: nn.Module, name: str) -> float:
    """Return what makes up for the small states that one LSTM layer hands to the next."""
    reads_states = name.startswith("weight_ih") and name != "weight_ih_l0"
    return STATE_GAIN if isinstance(owner, nn.LSTM) and reads_states else 1.0


def seed_of(spec: ModelSpec, name: str) -> int:
    """Return the seed of one tensor: it depends on the network and the tensor's name only."""
    text = f"{spec.family}/{spec.dimensions}/{spec.seed}/{name}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 2


def fill(tensor: Tensor, filling: Filling, seed: int) -> None:
    """Fill a contiguous tensor in place, without a second one of its size.

    Numbers are drawn in fp32 and rounded, so that every precision has the same weights. Each part
    has a seed of its own, so that as many threads as torch may use share the work.
    """
    if filling.values is not None:
        tensor.copy_(filling.values)
        return
    flat = tensor.detach().view(-1)
    parts = torch.split(flat, _PART)

    def draw(place: int) -> None:
        _draw(parts[place], filling, seed + place)

    threads = min(torch.get_num_threads(), len(parts))
    if threads == 1:
        for place in range(len(parts)):
            draw(place)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(draw, range(len(parts))))


def _draw(part: Tensor, filling: Filling, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    drawn = part if part.dtype == torch.float32 else torch.empty(len(part))
    drawn.normal_(filling.mean, filling.std, generator=generator)
    if drawn is not part:
        part.copy_(drawn)
