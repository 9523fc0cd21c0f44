"""Factories as users write them: right ones, and wrong ones of every kind."""

from __future__ import annotations

import os
from collections.abc import Callable

import torch
from torch import Tensor, nn


class Tied(nn.Module):
    """Two layers of one weight, dropout, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6, bias=False)
        self.second = nn.Linear(6, 6, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("shift", torch.full((6,), 0.5))
        self.dropout = nn.Dropout(0.5)

    def forward(self, rows: Tensor) -> Tensor:
        return self.dropout(self.second(torch.relu(self.first(rows) + self.shift)))


class ByName(nn.Module):
    """Tokens and a mask by name in, nested outputs with an empty place out."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(11, 4)

    def forward(self, *, tokens: Tensor, mask: Tensor) -> dict[str, object]:
        words = self.table(tokens) * mask.unsqueeze(-1)
        return {"words": words, "loss": None, "more": (words.sum(1), [words.amax(1)])}


class Stateful(nn.Module):
    """Makes a tensor of the default number format while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(5, 3, batch_first=True)

    def forward(self, steps: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        state = torch.zeros(1, steps.shape[0], 3)
        result: tuple[Tensor, tuple[Tensor, Tensor]] = self.cell(steps, (state, state))
        return result


def tied() -> tuple[nn.Module, Tensor]:
    return Tied(), torch.randn(2, 6)


def by_name() -> tuple[nn.Module, dict[str, Tensor]]:
    inputs = {"tokens": torch.randint(0, 11, (2, 7)), "mask": torch.ones(2, 7, dtype=torch.bool)}
    inputs["mask"][:, 5:] = False
    return ByName(), inputs


def stateful() -> tuple[nn.Module, tuple[Tensor]]:
    return Stateful(), (torch.randn(2, 4, 5),)


def two_inputs() -> tuple[nn.Module, list[Tensor]]:
    return nn.Bilinear(3, 4, 5), [torch.randn(2, 3), torch.randn(2, 4)]


def another_each_time() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(int.from_bytes(os.urandom(4), "little"))
    return tied()


def on_meta() -> tuple[nn.Module, Tensor]:
    return nn.Linear(2, 2, device="meta"), torch.randn(1, 2)


def raises() -> None:
    raise KeyError("no such checkpoint")


def no_output() -> tuple[nn.Module, Tensor]:
    class Silent(nn.Module):
        def forward(self, rows: Tensor) -> None:
            del rows

    return Silent(), torch.randn(1, 2)


def number_out() -> tuple[nn.Module, Tensor]:
    class Counting(nn.Module):
        def forward(self, rows: Tensor) -> float:
            return float(rows.sum())

    return Counting(), torch.randn(1, 2)


def _giving(*made: object) -> Callable[[], object]:
    return lambda: made[0] if len(made) == 1 else made


_ROWS = torch.zeros(1, 2)
wrong_one = _giving(nn.Linear(2, 2))
wrong_three = _giving(nn.Linear(2, 2), _ROWS, _ROWS)
wrong_order = _giving(_ROWS, nn.Linear(2, 2))
wrong_list = _giving(nn.Linear(2, 2), [_ROWS, 3])
wrong_none = _giving(nn.Linear(2, 2), None)
wrong_empty = _giving(nn.Linear(2, 2), ())
wrong_complex = _giving(nn.Linear(2, 2), _ROWS.to(torch.complex64))
wrong_sparse = _giving(nn.Linear(2, 2), _ROWS.to_sparse())
wrong_key = _giving(nn.Linear(2, 2), {1: _ROWS})
