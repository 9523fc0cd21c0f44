"""Operations of one pass, counted while it runs: FLOPs, and how rounding errors add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

_PRODUCTS: Final[dict[str, Callable[[Any], int]]] = {
    "aten::mm": lambda args: args[0].shape[-1],
    "aten::addmm": lambda args: args[1].shape[-1],
    "aten::bmm": lambda args: args[0].shape[-1],
    "aten::baddbmm": lambda args: args[1].shape[-1],
    "aten::linear": lambda args: args[0].shape[-1],
    "aten::convolution": lambda args: args[1][0].numel(),
}
"""Length of the sums of every operator that multiplies matrices, by its arguments."""
_UNCOUNTED: Final = (
    "rnn",
    "quantized",
    "_fft_",
    "_cdist",
    "_transformer_",
    "multi_head",
    "dot_product_",
)
"""Parts of the names of torch's operators that multiply and have no formula."""
_NAMESPACES: Final = ("aten", "prim", "prims", "profiler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one pass does."""

    flops: int | None
    reason: str
    """Why there is no count; empty where there is one."""
    depth: int
    widest: int


@dataclass(slots=True)
class _Seen:
    sums: list[int] = field(default_factory=list)
    uncounted: str = ""

    def note(self, name: str, arguments: Any) -> None:  # noqa: ANN401 - any operator's
        """Keep what matters of one operator's call."""
        length = _PRODUCTS.get(name)
        if length is not None:
            self.sums.append(int(length(arguments)))
        space = name.partition("::")[0]
        if space not in _NAMESPACES or any(part in name for part in _UNCOUNTED):
            self.uncounted = self.uncounted or name


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it bare
    """Tells every operator that runs to a list."""

    def __init__(self, seen: _Seen) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self._seen = seen

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 - torch's own signature
        types: Any,  # noqa: ANN401
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        # torch names operators so in its own error messages; there is no public name.
        self._seen.note(func._schema.name, args)  # noqa: SLF001
        return func(*args, **(kwargs or {}))


def work_of(run: Callable[..., Any], inputs: tuple[Tensor, ...]) -> Work:
    """Run a network once, and count; two operations for each multiply-accumulate."""
    seen, counter = _Seen(), FlopCounterMode(display=False)
    with torch.no_grad(), _unfused(), counter, _Watch(seen):
        run(*inputs)
    reason = f"the operator {seen.uncounted} has no formula" if seen.uncounted else ""
    return Work(
        flops=None if reason else int(counter.get_total_flops()),
        reason=reason,
        depth=len(seen.sums),
        widest=max(seen.sums, default=0),
    )


@contextmanager
def _unfused() -> Iterator[None]:
    """Keep torch from running attention, or whole transformer layers, as one operator."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=before)
