"""The axis `variant` of a plan: what is done to each network, or at which precision it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.core.case import Precision, Target
from harness.core.errors import UsageError
from model_zoo.spec import ModelSpec
from model_zoo.variants.name import PRECISIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A network as a plan asks for it."""

    model: ModelSpec
    nominal: int
    """Parameters asked for; 0 where a published network was."""
    precision: Precision | None = None
    """In place of the plan's, where the variant was a precision."""

    def on(self, target: Target) -> Target:
        """Return a target at the precision that this network is wanted at."""
        return target if self.precision is None else replace(target, precision=self.precision)


def varied(models: Iterable[tuple[ModelSpec, int]], names: Sequence[str]) -> Iterator[Wanted]:
    """Yield every network with every variant.

    `none` is the plain network; `fp16` and the like are the plain network at that precision, so
    that one case has one identity however it was asked for.

    Args:
        models: Plain networks, each with the parameters asked for.
        names: As people write them.

    Raises:
        UsageError: there is no such variant.
    """
    for model, nominal in models:
        for name in names:
            if name in PRECISIONS:
                precision = Precision(PRECISIONS[name]) if PRECISIONS[name] else None
                yield Wanted(model=model, nominal=nominal, precision=precision)
                continue
            try:
                yield Wanted(model=model.varied(name), nominal=nominal)
            except ValueError as error:
                raise UsageError(f"variant: {error}") from None
