"""What people write on the command line, read: lists, numbers, names of a known set."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final

from harness.core.errors import UsageError

_LARGEST: Final = 10**18
"""No count on the command line is larger; a power of ten may not fill the memory."""


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
    raise UsageError(f"{text!r} is no count; expected a whole number such as 1000000 or 1e6")


def parse_counts(text: str) -> tuple[int, ...]:
    """Read a comma-separated list of counts.

    Raises:
        UsageError: an item is none, or there is no item.
    """
    found = tuple(map(parse_count, split_list(text)))
    if not found:
        raise UsageError("an empty list of counts; expected for example 1e5,1e6")
    return found


def choose(name: str, valid: Iterable[str], kind: str) -> str:
    """Return a name that exists.

    Args:
        name: As written.
        valid: All there are.
        kind: What it is the name of, for example `metric`.

    Raises:
        UsageError: there is no such name; the message lists the nearest.
    """
    known = list(valid)
    if name in known:
        return name
    near = get_close_matches(name, known, n=3, cutoff=0.4) or known
    raise UsageError(f"no {kind} {name!r}; did you mean {', '.join(near)}?")


def choose_all(text: str, valid: Iterable[str], kind: str) -> tuple[str, ...]:
    """Return every name of a comma-separated list, once.

    Raises:
        UsageError: one does not exist, or there is none.
    """
    known = list(valid)
    names = split_list(text)
    if not names:
        raise UsageError(f"an empty list of {kind}s; there are {', '.join(known)}")
    return tuple(dict.fromkeys(choose(name, known, kind) for name in names))
