"""What data sets there are, and how a family's networks take their items. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

_PATCH: Final = 2
"""Pixels of a patch's side: 16 patches of a digit."""
_BORDER: Final = 1
"""Blank pixels around a digit for `cnn`, so that two stages leave one pixel of ten."""
_STAGES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A data set in numbers."""

    items: int
    features: int
    classes: int
    side: int = 0
    """Pixels of an image's side, one channel; 0 where the items are no images."""
    source: str


DATA: Final[Mapping[str, Facts]] = MappingProxyType(
    {
        "digits": Facts(
            items=1797,
            features=64,
            classes=10,
            side=8,
            source="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits (1998)",
        ),
        "breast_cancer": Facts(
            items=569,
            features=30,
            classes=2,
            source="Wolberg et al., Breast Cancer Wisconsin, Diagnostic (1995)",
        ),
        "wine": Facts(
            items=178, features=13, classes=3, source="Aeberhard and Forina, Wine (1991)"
        ),
        "iris": Facts(items=150, features=4, classes=3, source="Fisher, Iris (1936)"),
    }
)
"""By name: the sets for classification that scikit-learn carries in its package."""


def facts(data: str) -> Facts:
    """Return a data set in numbers.

    Raises:
        ValueError: there is none of this name; the message lists those there are.
    """
    if data not in DATA:
        near = get_close_matches(data, DATA, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"no data set {data!r}; {hint}there are {', '.join(DATA)}")
    return DATA[data]


def shape(data: str, family: str) -> dict[str, int]:
    """Return the sizes of a family's networks that a data set's items and classes decide.

    A recurrent network reads an image row by row, and a table's row number by number. Small images
    are doubled for the families that halve an image many times over.

    Raises:
        ValueError: there is no such data set, or the family's networks cannot take its items.
    """
    found = facts(data)
    sizes = {"classes": found.classes}
    if family == "mlp":
        return {**sizes, "input_size": found.features}
    if family == "lstm":
        step = found.side or 1
        return {**sizes, "input_size": step, "sequence_length": found.features // step}
    if not found.side:
        raise ValueError(f"{family} takes no rows of a table as {data} has them; mlp and lstm do")
    sizes |= {"image_channels": 1, "image_size": found.side}
    if family == "cnn":
        return {**sizes, "image_size": found.side + 2 * _BORDER, "stages": _STAGES}
    if family == "vit":
        return {**sizes, "patch_size": _PATCH}
    if family in {"resnet", "mobilenet"}:
        return {**sizes, "image_size": 2 * found.side}
    raise ValueError(f"{family} gives no class scores; mlp, cnn, resnet, mobilenet, vit, lstm do")
