"""Names that do not exist: the nearest ones that do, and where to see all. One wording for all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_NEAREST: Final = 3
_MANY: Final = 20
"""Names; more are not listed in an error."""
_CUTOFF: Final = 0.4
"""Of `difflib`'s similarity, 0 to 1: lower ones resemble each other by chance."""


def suggestion(name: str, known: Iterable[str], listed_by: str = "") -> str:
    """Ask for one of the nearest names, then say where all are.

    Args:
        name: As written.
        known: All there are.
        listed_by: What lists all of them; they are given here where nothing does.

    >>> suggestion("mpl", ["mlp", "cnn"]), suggestion("p99", ["rate", "latency_p99"])
    ('did you mean mlp?', 'did you mean latency_p99?')
    >>> suggestion("zzz", ["mlp", "cnn"])
    'did you mean mlp, cnn?'
    >>> suggestion("mpl", ["mlp", "cnn"], "`scalecurve zoo list`")
    'did you mean mlp? `scalecurve zoo list` lists all'
    """
    every = list(known)
    near = nearest(name, every)
    if near or listed_by or len(every) > _MANY:
        near = near or nearest(name, every, cutoff=0.0)
        all_of_them = f" {listed_by} lists all" if listed_by else ""
    else:
        near, all_of_them = every, ""
    return f"did you mean {', '.join(near)}?{all_of_them}"


def nearest(name: str, known: Iterable[str], cutoff: float = _CUTOFF) -> list[str]:
    """Return up to three names that are most like one: those that contain it, then by spelling."""
    from difflib import get_close_matches

    every = list(known)
    holding = [one for one in every if name and name.lower() in one.lower()]
    alike = get_close_matches(name, every, n=_NEAREST, cutoff=cutoff)
    return list(dict.fromkeys([*alike[:1], *holding, *alike]))[:_NEAREST]
