"""One point of a benchmark: which network, on which target, in which scenario."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from model_zoo.spec import ModelSpec


class Precision(StrEnum):
    """Number format of weights and activations."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"


class Scenario(StrEnum):
    """How queries arrive.

    Source: MLCommons, MLPerf Inference Rules, section 'Scenarios'.
    """

    SINGLE_STREAM = "single_stream"
    """One query after another: latency, memory, energy."""
    OFFLINE = "offline"
    """All queries at once: throughput over a window, and energy."""
    SERVER = "server"
    """Queries of one batch at Poisson times, whether or not the one before has ended: latency from
    the intended arrival, and the highest rate that holds a bound on its 99th percentile."""
    MULTI_STREAM = "multi_stream"
    """Queries of eight items, one after another: latency of the whole query."""


QUERY_ITEMS: Final = 8
"""Items of one query in `multi_stream`.

Source: MLCommons, MLPerf Inference Rules, section 'Scenarios', column 'Samples/query'.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The runtime that executes the network, where, and how it is set."""

    backend: str
    """Key in `harness.backends.registry.BACKENDS`, for example `onnxruntime`."""
    device: str = "cpu"
    """`cpu`, or `cuda:<index>`."""
    precision: Precision = Precision.FP32
    threads: int = 1
    """Intra-operator threads."""
    options: tuple[tuple[str, str], ...] = ()
    """Sorted name-value pairs, for example `("optimize_for_inference", "1")`."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError(f"a target needs at least one thread, not {self.threads}")
        if list(self.options) != sorted(dict(self.options).items()):
            raise ValueError(f"options must be sorted and named once: {self.options}")

    @property
    def is_cuda(self) -> bool:
        """Whether the network runs on an NVIDIA GPU."""
        return self.device.startswith("cuda")

    def option(self, name: str, default: str = "") -> str:
        """Return the value of an option, or `default` where it was not given."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One network on one target in one scenario. Equal cases are comparable across runs."""

    model: ModelSpec
    target: Target
    scenario: Scenario = Scenario.SINGLE_STREAM
    batch_size: int = 1
    replica: int = 0
    """1 for the control case: an equal case measured once more in the same run."""
    nominal: int = 0
    """Parameters asked for, where the spec was solved for a size; 0 for presets."""
    processes: int = 1
    """Processes that run at the same time, each with a network and threads of its own."""
    rate: float = 0.0
    """Of `server`: queries a second, on average; 0 to look for the highest that holds the bound."""
    bound: float = 0.0
    """Of `server`: seconds that the 99th percentile of latency may take; 0 for ten times the
    median duration of an iteration, and at least 1 ms."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"a batch needs at least one item, not {self.batch_size}")
        if self.processes < 1:
            raise ValueError(f"a case needs at least one process, not {self.processes}")
        if not (0 <= self.rate < math.inf and 0 <= self.bound < math.inf):
            raise ValueError(f"rate {self.rate} and bound {self.bound} must be finite, from 0 on")
        if (self.rate or self.bound) and self.scenario is not Scenario.SERVER:
            raise ValueError(f"only {Scenario.SERVER} has a rate or a bound, not {self.scenario}")

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that differ where any field but `nominal` does."""
        return _digest(self)

    @property
    def slug(self) -> str:
        """Readable identity, for example `mlp-1e6/onnxruntime-cpu-fp32-t1/b1`.

        Two processes of one thread are `2x1` in place of `t1`.
        """
        target = self.target
        model = self.model.slug
        if self.nominal and not self.model.preset:
            model = f"{self.model.family}-{self.nominal:.3g}".replace("e+0", "e")
            model += f"-{self.model.variant}" if self.model.variant else ""
        split = f"t{target.threads}" if self.processes == 1 else self.split
        parts = [f"{target.backend}-{target.device}-{target.precision}-{split}"]
        parts += [f"{name}={value}" for name, value in target.options]
        tail = "/control" if self.replica else ""
        kind = "" if self.scenario is Scenario.SINGLE_STREAM else f"/{self.scenario}"
        kind += f"@{self.rate:g}" if self.rate else ""
        kind += f"<{self.bound:g}s" if self.bound else ""
        return f"{model}/{'+'.join(parts)}/b{self.batch_size}{kind}{tail}"

    @property
    def split(self) -> str:
        """Processes x threads of each, for example `2x1`."""
        return f"{self.processes}x{self.target.threads}"


@lru_cache(maxsize=1 << 16)
def _digest(case: Case) -> str:
    """Digest all fields but `nominal`; kept, because a run asks for each many times."""
    text = json.dumps(case, sort_keys=True, default=_identity)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_ADDED: Final = {"processes": 1, "rate": 0.0, "bound": 0.0}
"""Fields that cases had not from the start, and the values at which they leave the id as it was."""


def _identity(part: Any) -> dict[str, Any]:  # noqa: ANN401 - a case, or a part of one
    """Return the fields; `dataclasses.asdict`, which copies them, takes 20 ms of a `show`."""
    found = {one.name: getattr(part, one.name) for one in fields(part) if one.name != "nominal"}
    return {
        name: value for name, value in found.items() if name not in _ADDED or value != _ADDED[name]
    }


def parse_device(text: str) -> str:
    """Normalise `cpu`, `cuda` or `cuda:<index>`; the index is 0 where none is given.

    Raises:
        ValueError: any other text.
    """
    kind, _, index = text.partition(":")
    if kind == "cpu" and not index:
        return "cpu"
    if kind == "cuda" and (index or "0").isdecimal():
        return f"cuda:{int(index or 0)}"
    raise ValueError(f"unknown device {text!r}; expected 'cpu', 'cuda' or 'cuda:<index>'")
