"""Variants by their canonical texts. Imports the standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Kind(StrEnum):
    """What is done to the plain network."""

    AUTOCAST = "autocast-bf16"
    INT8_DYNAMIC = "int8-dynamic"
    INT8_STATIC = "int8-static"
    INT8_WEIGHT = "int8-weight"
    INT4_WEIGHT = "int4-weight"
    PRUNE = "prune"
    PRUNE_2_4 = "prune-2:4"
    STRUCTURED = "structured"
    SVD = "svd"
    SVD_ENERGY = "svd-energy"
    DISTILLED = "distilled"


@dataclass(frozen=True, slots=True)
class Form:
    """How the variants of a kind are written, and what they are."""

    kind: Kind
    description: str
    channels: bool = False
    """Whether `-per-channel` may follow: a scale for each output instead of one a tensor."""
    share: bool = False
    """Whether a share between 0 and 1 must follow."""

    @property
    def text(self) -> str:
        """How it is written, what may be left out in brackets."""
        return f"{self.kind}{'-SHARE' if self.share else ''}{'[-per-channel]' * self.channels}"


FORMS: Final = (
    Form(Kind.AUTOCAST, "weights in fp32, products of bf16 where torch's autocast allows"),
    Form(
        Kind.INT8_DYNAMIC,
        "dense layers: int8 weights, activations scaled as they come",
        channels=True,
    ),
    Form(
        Kind.INT8_STATIC,
        "dense and convolution: int8 weights, calibrated activations",
        channels=True,
    ),
    Form(Kind.INT8_WEIGHT, "dense layers: weights stored in int8, products in fp32", channels=True),
    Form(Kind.INT4_WEIGHT, "dense layers: weights stored in int4, one scale for 32 of a row"),
    Form(
        Kind.PRUNE, "the smallest weights of each layer are zero, stored all the same", share=True
    ),
    Form(Kind.PRUNE_2_4, "of four weights in a row the two smallest are zero, stored as well"),
    Form(Kind.STRUCTURED, "channels, heads and neurons removed, shapes shrink", share=True),
    Form(Kind.SVD, "dense and 1x1 layers as two of a share of the full rank", share=True),
    Form(Kind.SVD_ENERGY, "the same, of the rank that keeps a share of the energy", share=True),
    Form(Kind.DISTILLED, "a student of a share of the size, trained on the outputs", share=True),
)
"""Every kind once, in the order of `zoo list`."""

PRECISIONS: Final = {"fp32": "fp32", "fp16": "fp16", "bf16": "bf16", "none": ""}
"""Names that stand for a precision of the target, not for another network; `none` for neither."""

INTEGER: Final = frozenset(
    {Kind.INT8_DYNAMIC, Kind.INT8_STATIC, Kind.INT8_WEIGHT, Kind.INT4_WEIGHT}
)
"""Weights are stored as integers."""
INTEGER_ACTIVATIONS: Final = frozenset({Kind.INT8_DYNAMIC, Kind.INT8_STATIC})
"""Activations are rounded to integers, too."""

_PER_CHANNEL: Final = "-per-channel"
_SHARE: Final = re.compile(r"(?P<kind>[a-z-]+)-(?P<share>[01]?\.\d{1,6}|0|1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What was done to a network, read from its text."""

    kind: Kind
    share: float = 0.0
    """Of the weights or units removed, of the rank or energy kept, of the teacher's size."""
    per_channel: bool = False

    @property
    def text(self) -> str:
        """The one way in which it is written."""
        share = f"-{self.share:g}" if self.share else ""
        return f"{self.kind}{share}{_PER_CHANNEL if self.per_channel else ''}"

    @property
    def is_integer(self) -> bool:
        """Whether weights are stored as integers."""
        return self.kind in INTEGER


@lru_cache(maxsize=1 << 10)
def parse_variant(text: str) -> Variant:
    """Read the text of a variant.

    >>> parse_variant("svd-0.250").text, parse_variant("int8-static-per-channel").per_channel
    ('svd-0.25', True)

    Raises:
        ValueError: there is no such variant; the message lists those there are.
    """
    forms = {str(form.kind): form for form in FORMS}
    plain = text.removesuffix(_PER_CHANNEL)
    per_channel = plain != text
    form, share = forms.get(plain), 0.0
    found = _SHARE.fullmatch(plain) if form is None else None
    if found is not None and found["kind"] in forms:
        form, share = forms[found["kind"]], float(found["share"])
    if form is None or (per_channel and not form.channels) or form.share != (found is not None):
        raise ValueError(_unknown(text))
    if form.share and not 0 < share < 1:
        raise ValueError(f"variant {text!r}: the share is above 0 and below 1")
    return Variant(kind=form.kind, share=share, per_channel=per_channel)


def canonical(text: str) -> str:
    """Return the one way in which a variant is written; nothing for nothing.

    Raises:
        ValueError: there is no such variant.
    """
    return parse_variant(text).text if text else ""


def _unknown(text: str) -> str:
    written = [form.text for form in FORMS]
    near = get_close_matches(text, [str(form.kind) for form in FORMS], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    precisions = ", ".join(name for name, precision in PRECISIONS.items() if precision)
    return f"no variant {text!r}; {hint}there are {', '.join(written)}; and {precisions}"
