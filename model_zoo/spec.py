"""What a network is, before anything is built. Imports the standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from model_zoo.variants.name import Variant, canonical, parse_variant


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A network, named exactly: the same spec always builds the same weights."""

    family: str
    """Key in `model_zoo.families.FAMILIES`, for example `mlp`."""
    dimensions: tuple[tuple[str, int], ...]
    """Every size that the family needs, as sorted name-value pairs."""
    preset: str = ""
    """Published name, where the sizes are a published network's."""
    variant: str = ""
    """What was done to the plain network, as `model_zoo.variants.name` writes it; else empty."""
    seed: int = 0
    """Seed of weights and example inputs."""

    def __post_init__(self) -> None:
        names = [name for name, _ in self.dimensions]
        if names != sorted(set(names)):
            raise ValueError(f"dimensions must be sorted and named once: {names}")
        wrong = [f"{name}={size}" for name, size in self.dimensions if size < 0]
        if wrong:
            raise ValueError(f"no size of a network can be negative: {', '.join(wrong)}")
        if self.variant != canonical(self.variant):
            raise ValueError(f"variant {self.variant!r} is written {canonical(self.variant)!r}")

    @classmethod
    def of(
        cls,
        family: str,
        sizes: Mapping[str, int] | None = None,
        *,
        preset: str = "",
        seed: int = 0,
        **dimensions: int,
    ) -> ModelSpec:
        """Make a spec from dimensions in any order: a mapping, names, or both."""
        pairs = tuple(sorted({**(sizes or {}), **dimensions}.items()))
        return cls(family=family, dimensions=pairs, preset=preset, seed=seed)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ModelSpec:
        """Make a spec from what a JSON reader gives: `Any`, because it is checked here.

        Raises:
            ValueError: a field is unknown, missing or of the wrong kind.
        """
        try:
            pairs = tuple((str(name), int(size)) for name, size in record["dimensions"])
            return cls(**{**record, "dimensions": pairs})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a model spec: {dict(record)!r} ({error})") from error

    def as_record(self) -> dict[str, Any]:
        """Return the fields as a JSON writer takes them; `from_record` reads them back."""
        return asdict(self)

    def varied(self, text: str) -> ModelSpec:
        """Return the same network with a variant, or plain where the text is empty.

        Raises:
            ValueError: there is no such variant.
        """
        return replace(self, variant=canonical(text))

    @property
    def parent(self) -> ModelSpec:
        """The plain network that a variant is made of; a plain one is its own."""
        return replace(self, variant="") if self.variant else self

    @property
    def transform(self) -> Variant | None:
        """What was done to the plain network; None for nothing."""
        return parse_variant(self.variant) if self.variant else None

    def __getitem__(self, dimension: str) -> int:
        """Return one size by its name."""
        return self.sizes[dimension]

    @property
    def sizes(self) -> dict[str, int]:
        """Every dimension by its name."""
        return dict(self.dimensions)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ where any field does."""
        return _digest(self)

    @property
    def slug(self) -> str:
        """Short readable name, for example `resnet50` or `mlp-3f2a91c0`."""
        name = self.preset or f"{self.family}-{self.digest[:8]}"
        return f"{name}-{self.variant}" if self.variant else name


@lru_cache(maxsize=1 << 12)
def _digest(spec: ModelSpec) -> str:
    """Digest all fields; kept, because every table asks for the same few again and again."""
    text = json.dumps(asdict(spec), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
