"""What people write on the command line, read: lists, numbers, names of a known set."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from harness.core.errors import UsageError
from harness.core.names import suggestion

_LARGEST: Final = 10**18
"""No count on the command line is larger; a power of ten may not fill the memory."""

LISTED_BY: Final = {
    "metric": "`scalecurve show --help`",
    "family": "`scalecurve zoo list`",
    "preset": "`scalecurve zoo list`",
    "backend": "`scalecurve doctor`",
}
"""By kind of name: what lists them all, where they are many."""


def split_list(text: str) -> tuple[str, ...]:
    """Split a comma-separated list; blanks and empty items do not count.

    >>> split_list("eager, onnxruntime,")
    ('eager', 'onnxruntime')
    """
    return tuple(item for part in text.split(",") if (item := part.strip()))


def parse_count(text: str) -> int:
    """Read a whole number above zero: `1e6`, `1_000_000`, `1000000`.

    >>> parse_count("1e6"), parse_count("1.5e3"), parse_count("1_000")
    (1000000, 1500, 1000)

    Raises:
        UsageError: it is none.
    """
    try:
        number = Decimal(text.strip())
        if 0 < number <= _LARGEST and number == number.to_integral_value():
            return int(number)
    except InvalidOperation:
        pass
    raise UsageError(
        f"{text!r} is no count; expected a whole number such as 1000000 or 1e6, at most 1e18"
    )


def parse_counts(text: str) -> tuple[int, ...]:
    """Read a comma-separated list of counts.

    Raises:
        UsageError: an item is none, or there is no item.
    """
    found = tuple(map(parse_count, split_list(text)))
    if not found:
        raise UsageError("an empty list of counts; expected for example 1e5,1e6")
    return found


def require_folder(flag: str, path: Path | None) -> None:
    """Refuse a file where a folder is expected; one that is not there yet can be made.

    Raises:
        UsageError: there is such a file.
    """
    if path is not None and path.exists() and not path.is_dir():
        raise UsageError(f"{flag}: {path} is a file; expected a folder")


def choose(name: str, valid: Iterable[str], kind: str) -> str:
    """Return a name that exists.

    Args:
        name: As written.
        valid: All there are.
        kind: What it is the name of, for example `metric`.

    Raises:
        UsageError: there is no such name; the message has the nearest, and where to see all.
    """
    known = list(valid)
    if name in known:
        return name
    raise UsageError(f"no {kind} {name!r}; {suggestion(name, known, LISTED_BY.get(kind, ''))}")


def choose_all(text: str, valid: Iterable[str], kind: str) -> tuple[str, ...]:
    """Return every name of a comma-separated list, once.

    Raises:
        UsageError: one does not exist, or there is none.
    """
    known = list(valid)
    names = split_list(text)
    if not names:
        listed = (
            f"{LISTED_BY[kind]} lists all" if kind in LISTED_BY else f"there are {', '.join(known)}"
        )
        raise UsageError(f"an empty list of {kind}s; {listed}")
    return tuple(dict.fromkeys(choose(name, known, kind) for name in names))
