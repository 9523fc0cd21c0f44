"""Token tables, attention and blocks that the transformer families are composed of."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_zoo.families.blocks import Dense

_GELU_GAIN: Final = 2.35
"""1 / E[gelu(z)^2] for a standard normal z, by numerical integration."""


class Rotary(nn.Module):
    """Rotary positions of the first `width` numbers of each head.

    Source: Su et al., RoFormer (2021), equation 34, halves paired as in GPT-NeoX.
    """

    cosines: Tensor
    sines: Tensor

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("cosines", torch.empty(tokens, width))
        self.register_buffer("sines", torch.empty(tokens, width))

    def angles(self) -> Tensor:
        """Return the angle of each token and number, (tokens, width), on the CPU in fp64."""
        with torch.device("cpu"):
            pairs = torch.arange(0, self.width, 2, dtype=torch.float64)
            frequencies = 10_000.0 ** (-pairs / self.width)
            angles = torch.outer(torch.arange(len(self.cosines)).double(), frequencies)
        return torch.cat((angles, angles), dim=1)

    def forward(self, heads: Tensor) -> Tensor:
        """Turn (batch, heads, tokens, head_width) by its positions."""
        turned, kept = heads[..., : self.width], heads[..., self.width :]
        first, second = turned.chunk(2, dim=-1)
        crossed = torch.cat((-second, first), dim=-1)
        turned = turned * self.cosines + crossed * self.sines
        return torch.cat((turned, kept), dim=-1)


class Heads(nn.Module):
    """What the heads of self-attention do between the two products with weights.

    Source: Vaswani et al., Attention Is All You Need (2017), equation 1.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        tokens: int,
        *,
        is_causal: bool = False,
        rotary: Rotary | None = None,
    ) -> None:
        super().__init__()
        self.split = (-1, tokens, heads, width // heads)
        self.joined = (-1, tokens, width)
        self.is_causal = is_causal
        self.rotary = nn.Identity() if rotary is None else rotary

    def forward(self, projections: Tensor) -> Tensor:
        """Map queries, keys and values, (batch, tokens, 3 width), to (batch, tokens, width)."""
        parts = projections.chunk(3, dim=-1)
        queries, keys, values = (part.reshape(self.split).transpose(1, 2) for part in parts)
        mixed = functional.scaled_dot_product_attention(
            self.rotary(queries), self.rotary(keys), values, is_causal=self.is_causal
        )
        return mixed.transpose(1, 2).reshape(self.joined)


class Attention(nn.Module):
    """Multi-head self-attention.

    Source: Vaswani et al., Attention Is All You Need (2017), section 3.2.2.
    """

    def __init__(
        self, width: int, heads: nn.Module, *, gain: float = 1.0, inner: int | None = None
    ) -> None:
        """Make the two products around `heads`, which are `inner` wide together, else `width`."""
        super().__init__()
        inner = width if inner is None else inner
        self.width = width
        self.projections = Dense(width, 3 * inner)
        self.heads = heads
        self.output = Dense(inner, width, gain=gain)

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same axes."""
        result: Tensor = self.output(self.heads(self.projections(states)))
        return result


class FeedForward(nn.Module):
    """Two dense layers with a GELU between them."""

    def __init__(self, width: int, inner: int, *, gain: float, gelu: str) -> None:
        super().__init__()
        self.widen = Dense(width, inner)
        self.gelu = gelu
        self.narrow = Dense(inner, width, gain=gain * _GELU_GAIN)

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same axes."""
        wide = functional.gelu(self.widen(states), approximate=self.gelu)
        result: Tensor = self.narrow(wide)
        return result


class Block(nn.Module):
    """Attention, feed-forward layer and two norms, in an order that subclasses set."""

    def __init__(
        self, attention: Attention, inner: int, *, gain: float = 1.0, gelu: str = "none"
    ) -> None:
        super().__init__()
        self.attention = attention
        self.feed_forward = FeedForward(attention.width, inner, gain=gain, gelu=gelu)
        self.first_norm = nn.LayerNorm(attention.width)
        self.second_norm = nn.LayerNorm(attention.width)


class PreNorm(Block):
    """Norm first, as in GPT-2 and ViT."""

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same axes."""
        states = states + self.attention(self.first_norm(states))
        result: Tensor = states + self.feed_forward(self.second_norm(states))
        return result


class PostNorm(Block):
    """Norm after each sum, as in BERT."""

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same axes."""
        states = self.first_norm(states + self.attention(states))
        result: Tensor = self.second_norm(states + self.feed_forward(states))
        return result


class Parallel(Block):
    """Attention and feed-forward layer side by side, as in GPT-NeoX."""

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to the same axes."""
        attended = self.attention(self.first_norm(states))
        result: Tensor = states + attended + self.feed_forward(self.second_norm(states))
        return result


class Patches(nn.Module):
    """Image patches as tokens behind a class token, with learned positions."""

    def __init__(self, channels: int, width: int, side: int, patches: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(channels, width, side, stride=side)
        self.class_token = nn.Parameter(torch.empty(1, 1, width))
        self.positions = nn.Parameter(torch.empty(1, patches + 1, width))

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, patches + 1, width)."""
        patches = self.projection(images).flatten(2).transpose(1, 2)
        first = self.class_token.expand(images.shape[0], -1, -1)
        return torch.cat((first, patches), dim=1) + self.positions


class TakeFirst(nn.Module):
    """The first token's state."""

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, tokens, width) to (batch, width)."""
        return states[:, 0]


class TokenTables(nn.Module):
    """The sum of a token's row, its position's and the first type's; the last two never change."""

    def __init__(self, vocabulary: int, width: int, *, tokens: int, std: float = 1.0) -> None:
        super().__init__()
        self.std = std
        self.tokens = tokens
        self.words = nn.Parameter(torch.empty(vocabulary, width))
        self.positions: nn.Parameter | None = None
        self.types: nn.Parameter | None = None

    def add_positions(self, positions: int) -> None:
        """Add a table of positions."""
        self.positions = nn.Parameter(torch.empty(positions, self.words.shape[1]))

    def add_types(self, types: int) -> None:
        """Add a table of token types."""
        self.types = nn.Parameter(torch.empty(types, self.words.shape[1]))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (batch, tokens) to (batch, tokens, width)."""
        states = functional.embedding(tokens, self.words)
        if self.positions is None:
            return states
        places = self.positions[: self.tokens]
        return states + (places if self.types is None else places + self.types[0])


class Pooled(nn.Module):
    """Every token's state, and the first one through a dense layer and tanh."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = Dense(width, width)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, tokens, width) to itself and (batch, width)."""
        return states, torch.tanh(self.dense(states[:, 0]))


class LanguageModel(nn.Module):
    """Tables, blocks, and an output that multiplies by the token table or by its own."""

    def __init__(self, tables: TokenTables, body: nn.Module, *, tied: bool) -> None:
        super().__init__()
        self.tables = tables
        self.body = body
        vocabulary, width = tables.words.shape
        self.output = None if tied else Dense(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (batch, tokens) to (batch, tokens, vocabulary)."""
        states = self.body(self.tables(tokens))
        if self.output is None:
            return functional.linear(states, self.tables.words)
        scores: Tensor = self.output(states)
        return scores
