"""What is to be measured, as a person writes it: a TOML file or flags, checked before any run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from harness.core.errors import UsageError
from harness.core.names import suggestion

PACKAGED: Final = ("quick", "standard", "digits")
"""Plans that come with the package; their names can stand wherever a file can."""

_SECONDS_MAX: Final = 3600.0
_FOLDS_MIN: Final = 2
_FOLDS_MAX: Final = 20
_EPOCHS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Axes that multiply, what to leave out of their product, and how long to look."""

    family: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    """Sizes such as `1e5`, or ranges such as `1e4..1e8`, two sizes a decade."""
    preset: tuple[str, ...] = ()
    module: tuple[str, ...] = ()
    """Networks of the user's own, each `package.module:factory`."""
    onnx: tuple[str, ...] = ()
    """Files of the user's own, by their paths."""
    torchscript: tuple[str, ...] = ()
    """The same, of TorchScript."""
    data: str = ""
    """Data set for whose items networks are shaped; empty for the families' own inputs."""
    variant: tuple[str, ...] = ("none",)
    """What is done to each network, such as `int8-static`; `none` for the plain one."""
    backend: tuple[str, ...] = ("eager", "torchscript", "onnxruntime")
    device: tuple[str, ...] = ("cpu",)
    precision: tuple[str, ...] = ("fp32",)
    threads: tuple[int, ...] = (1,)
    batch_size: tuple[int, ...] = (1,)
    scenario: tuple[str, ...] = ("single_stream",)
    split: tuple[str, ...] = ()
    """Processes x threads of each, such as `2x1`, or `all`; in place of `threads`."""
    options: tuple[str, ...] = ()
    """Each `backend.name=value`, for every case of that backend."""
    exclude: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    """A case that matches every key of one of these is left out."""
    axis: tuple[str, ...] = ()
    """Sizes of the axes of files, each `name=size`; `batch` is the batch size."""
    input: tuple[str, ...] = ()
    """What files take, each `name=type[shape]:low..high`, of which the file may say a part."""
    inter_op: tuple[int, ...] = (1,)
    """Threads across operators, of runtimes that run several operators at once."""
    rate: tuple[float, ...] = (0.0,)
    """Of `server`: queries a second, on average; 0 looks for the highest that holds the bound."""
    bound: tuple[float, ...] = (0.0,)
    """Of `server`: seconds that the 99th percentile of latency may take; 0 for ten times the median
    duration of an iteration, and at least 1 ms."""
    load_seconds: float = 10.0
    """Of `server`: for how long a trial offers queries, all rates together."""
    rounds: int = 3
    seconds: float = 0.35
    """Least time of a trial's sampling; one and a half times that is its limit."""
    timeout: float = 600.0
    """Seconds after which a trial that does not answer is killed."""
    seed: int = 0
    control: bool = True
    """Whether one case is measured twice, as a control."""
    memory: bool = True
    """Whether memory is measured, in processes of its own."""
    energy: bool = True
    """Whether energy is measured where there are counters, in processes of its own."""
    folds: int = 5
    """Parts of the data set, each of which is once held out; `quality` alone uses it."""
    epochs: int = 30
    """How often training sees every item; `quality` alone uses it."""

    def __post_init__(self) -> None:
        wrong = {
            "rounds": self.rounds < 1,
            "folds": not _FOLDS_MIN <= self.folds <= _FOLDS_MAX,
            "epochs": not 1 <= self.epochs <= _EPOCHS_MAX,
            "seconds": not 0 < self.seconds <= _SECONDS_MAX,
            "timeout": not 0 < self.timeout <= _SECONDS_MAX * 24,
            "threads": min(self.threads, default=0) < 1,
            "inter_op": min(self.inter_op, default=0) < 1,
            "load_seconds": not 0 < self.load_seconds <= _SECONDS_MAX,
            "batch_size": min(self.batch_size, default=0) < 1,
            "backend": not self.backend,
        }
        for key, is_wrong in wrong.items():
            if is_wrong:
                raise UsageError(f"{key}: {_written(getattr(self, key))}: {_EXPECTED[key]}")
        own = self.module or self.onnx or self.torchscript
        if not (self.preset or own or (self.family and self.params)):
            raise UsageError("a plan needs family and params, or preset, module, onnx, torchscript")


_WHOLE: Final = ("threads", "batch_size", "inter_op", "rounds", "seed", "folds", "epochs")
_EXPECTED: Final = {
    **dict.fromkeys(("threads", "inter_op", "batch_size"), "expected whole numbers from 1 on"),
    "rounds": "expected a whole number from 1 on",
    "folds": f"expected a whole number from {_FOLDS_MIN} to {_FOLDS_MAX}",
    "epochs": f"expected a whole number from 1 to {_EPOCHS_MAX}",
    "seconds": f"expected more than 0 s, at most {_SECONDS_MAX:g}",
    "load_seconds": f"expected more than 0 s, at most {_SECONDS_MAX:g}",
    "timeout": f"expected more than 0 s, at most {_SECONDS_MAX * 24:g}",
    "backend": "expected one name or more, such as eager",
}
"""What a value must be, by key."""

_KINDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(_WHOLE, int),
    **dict.fromkeys(("seconds", "timeout", "rate", "bound", "load_seconds"), float),
    **dict.fromkeys(("control", "memory", "energy"), bool),
}
_SCALARS: Final = {
    *("data", "rounds", "seconds", "load_seconds", "timeout", "seed"),
    *("control", "memory", "energy", "folds", "epochs"),
}
_KEYS: Final = tuple(field.name for field in fields(Plan))
_MATCHED: Final = _KEYS[: _KEYS.index("options")]


def read_plan(name: str) -> Plan:
    """Read a plan from a TOML file, or one of those that come with the package.

    Raises:
        UsageError: no such file, not TOML, or a key or value that a plan does not have.
    """
    if name in PACKAGED:
        text, place = files("harness").joinpath(f"plans/{name}.toml").read_text("utf-8"), name
    else:
        text, place = _read(Path(name)), name
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place}: {error}") from None
    try:
        return make_plan(document)
    except UsageError as error:
        raise UsageError(f"{place}:{_line_of(text, str(error))}: {error}") from None


def make_plan(document: Mapping[str, Any], base: Plan | None = None) -> Plan:
    """Make a plan from keys and values; keys that are not given are the base's.

    Raises:
        UsageError: a key or value that a plan does not have.
    """
    given: dict[str, Any] = {}
    for key, value in document.items():
        if key not in _KEYS:
            raise UsageError(_unknown(key, _KEYS))
        given[key] = _exclusions(value) if key == "exclude" else _value(key, value)
    return replace(base, **given) if base else Plan(**given)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        near = get_close_matches(str(path), PACKAGED, n=1) or PACKAGED
        raise UsageError(
            f"no plan {str(path)!r}; expected a TOML file, or {' or '.join(near)}"
        ) from None
    except IsADirectoryError:
        plans = sorted(path.glob("*.toml"))
        meant = str(plans[0]) if plans else " or ".join(PACKAGED)
        told = f"{path} is a folder; expected a TOML file"
        raise UsageError(f"{told}; did you mean {meant}?") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a TOML file: it is no UTF-8 text ({error.reason})") from None


def _written(value: object) -> str:
    """Write a value as people write it: a list without its brackets."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _unknown(key: str, known: Sequence[str]) -> str:
    return f"unknown key {key!r}; {suggestion(key, known)}"


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - TOML holds anything
    kind = _KINDS.get(key, str)
    if key in _SCALARS:
        return _convert(key, value, kind)
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(_convert(key, item, kind) for item in items)


def _convert(key: str, value: Any, kind: type) -> Any:  # noqa: ANN401 - as above
    allowed = {str: (str, int, float), int: (int,), float: (int, float), bool: (bool,)}[kind]
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{key}: {value!r} is not {_article(kind)}")
    return repr(value) if kind is str and isinstance(value, float) else kind(value)


def _article(kind: type) -> str:
    return {
        str: "a text or number",
        int: "a whole number",
        float: "a number",
        bool: "a truth value",
    }[kind]


def _exclusions(value: Any) -> tuple[Mapping[str, tuple[str, ...]], ...]:  # noqa: ANN401 - as above
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UsageError("exclude: expected tables, written [[exclude]]")
    for item in value:
        for key in item:
            if key not in _MATCHED:
                raise UsageError(_unknown(key, _MATCHED))
    return tuple(
        {key: tuple(str(v) for v in _value(key, wanted)) for key, wanted in item.items()}
        for item in value
    )


def _line_of(text: str, message: str) -> int:
    """Find the line of a plan that a message is about, by the key that it names."""
    named = re.match(r"unknown key '([^']*)'|(\w+):", message)
    key = (named[1] or named[2]) if named else ""
    for number, line in enumerate(text.splitlines(), start=1):
        if key and re.match(rf'\s*(\[\[)?"?{re.escape(key)}\b', line):
            return number
    return 1
