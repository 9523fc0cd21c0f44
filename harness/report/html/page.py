"""The page itself: one file with its style, scripts, charts and records."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from harness.core.record import Record
from harness.report.charts.figure import Figure
from harness.report.html.records_data import table_of
from harness.report.html.theme import light, style_sheet, themed
from harness.report.page import inert
from harness.report.picture import drawing_library
from harness.report.section import Section

_SCRIPTS: Final = ("charts.js", "table.js", "distribution.js")
"""One script, in this order."""
_POLICY: Final = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""The browser fetches nothing and runs these two scripts only, whatever a name in the data says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that stands on a page."""

    title: str
    where: tuple[str, ...]
    """Lines under the title."""
    sections: tuple[Section, ...]
    conditions: Section
    records: tuple[tuple[str, tuple[Record, ...]], ...]
    """By name of the machine."""
    distributions: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """By place of a record in the table, the histogram of its latency."""
    made: str = ""
    """The last line."""


def render(content: Content) -> str:
    """Write the page; every text of it is escaped by the template."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    library, script = _library(), _closed("".join(_asset(name) for name in _SCRIPTS))
    environment = Environment(
        loader=PackageLoader("harness.report.html", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    hashes = " ".join(map(_hash, (library, script)))
    trusted = {  # ours, or made inert by `inert`: the only texts that are not escaped
        "style": style_sheet() + _asset("page.css"),
        "library": library,
        "script": script,
        "data": inert(_data(content)),
    }
    return environment.get_template("page.html.j2").render(
        policy=_POLICY.format(hashes=hashes),
        title=content.title,
        where=content.where,
        sections=list(content.sections),
        conditions=content.conditions,
        made=content.made,
        **{name: Markup(text) for name, text in trusted.items()},  # noqa: S704 - see above
    )


def _data(content: Content) -> str:
    """Write what the scripts draw."""
    shown = [*content.sections, content.conditions]
    data = {
        "records": table_of(content.records),
        "figures": _figures(figure for section in shown for figure in section.figures),
        "distributions": content.distributions or None,
        "light": light(),
        "subtitle": " · ".join(content.where[:1]),
    }
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _figures(figures: Iterable[Figure]) -> dict[str, Any]:
    return {
        figure.name: {
            "title": figure.title,
            "caption": figure.caption,
            "specification": themed(figure),
            "rows": list(figure.rows),
        }
        for figure in figures
    }


@cache
def _library() -> str:
    return _closed(drawing_library())


def _asset(name: str) -> str:
    return (files("harness.report.html") / "assets" / name).read_text(encoding="utf-8")


def _closed(script: str) -> str:
    """Keep a script from being ended by a text in it."""
    closed = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return closed.replace("\r\n", "\n").replace("\r", "\n")  # as the browser hashes it


def _hash(script: str) -> str:
    """Name a script in the page's policy."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def names_are_unique(sections: Sequence[Section]) -> bool:
    """Whether no two sections or figures on a page have the same name."""
    keys = [section.key for section in sections]
    figures = [figure.name for section in sections for figure in section.figures]
    return len({*keys}) == len(keys) and len({*figures}) == len(figures)
