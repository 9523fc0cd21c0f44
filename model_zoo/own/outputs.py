"""What a network gave, as one flat tuple. Imports no torch: a tensor is what is no container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flat(result: Any) -> tuple[Any, ...]:  # noqa: ANN401 - what a network returns
    """Return the tensors of a tensor, or of tuples, lists and mappings, at any depth, in order.

    Empty places (None) are left out.

    >>> flat((1, {"logits": 2, "loss": None}, [3, (4,)]))
    (1, 2, 3, 4)
    """
    return tuple(_leaves(result))


def _leaves(result: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    if isinstance(result, Mapping):
        result = tuple(result.values())
    if isinstance(result, tuple | list):
        for part in result:
            yield from _leaves(part)
    elif result is not None:
        yield result
