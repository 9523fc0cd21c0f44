"""Weights drawn on another core while the exporter, which needs one only, is busy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from model_zoo.fill import Filling, fill, fillings, seed_of
from model_zoo.spec import ModelSpec

MOST_AHEAD: Final = 2 << 30
"""Bytes of weights that wait in memory; those beyond are drawn when they are written."""


class Drawn:
    """Weights by name, each given once: from what was drawn ahead, else drawn at once."""

    def __init__(self, spec: ModelSpec, coming: Mapping[str, Future[Tensor]]) -> None:
        """Take over what is being drawn."""
        self._spec = spec
        self._coming = dict(coming)

    def take(self, name: str, tensor: Tensor, filling: Filling) -> Tensor:
        """Return the values of the weight that `tensor` is the shape of; nothing is kept of it."""
        ahead = self._coming.pop(name, None)
        if ahead is not None and not ahead.cancel():
            return ahead.result()
        return _draw(self._spec, name, tensor, filling)


@contextmanager
def drawn_ahead(
    spec: ModelSpec, module: nn.Module, *, most_bytes: int = MOST_AHEAD
) -> Iterator[Drawn]:
    """Draw the weights of a network on `meta` in the order of its modules, up to a limit."""
    with ThreadPoolExecutor(1) as pool:
        coming: dict[str, Future[Tensor]] = {}
        held = 0
        for name, tensor, filling in fillings(module):
            held += tensor.nbytes
            if held > most_bytes:
                break
            coming[name] = pool.submit(_draw, spec, name, tensor, filling, threads=1)
        try:
            yield Drawn(spec, coming)
        finally:
            pool.shutdown(cancel_futures=True)


def _draw(
    spec: ModelSpec, name: str, tensor: Tensor, filling: Filling, *, threads: int | None = None
) -> Tensor:
    values = torch.empty(tensor.shape, dtype=tensor.dtype)
    fill(values, filling, seed_of(spec, name), threads=threads)
    return values
