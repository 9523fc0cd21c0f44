"""The answer of a gate as Markdown for a pull request and for a job's summary, cut to their limits.

Names come from plans and files that anybody may write: they stand in code spans, where nothing is
a link, a mention or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from harness.analyse.gate import Broken, Finding, Gate
from harness.report.finding import HEADINGS, HEADLINES, cells, sentence_of_broken
from harness.report.format import count, plain_text

MARKER: Final = "<!-- scalecurve-gate -->"
"""First line of a comment, by which a later run finds it and writes it anew."""

COMMENT_BYTES: Final = 64_000
"""Of a comment. Source: GitHub refuses a body over 65,536 characters."""
SUMMARY_BYTES: Final = 1 << 20
"""Of a step's summary. Source: GitHub Docs, 'Workflow commands': over 1 MiB nothing is shown."""

_RESERVED: Final = 400
"""Bytes kept for the lines that close tables and count what was cut."""
_LONGEST: Final = 400
_CODE: Final = frozenset({"case", "metric"})
_PUNCTUATION: Final = re.compile(r"([\\`*_{}\[\]()<>#+!|~:.&-])")
_WORDS_OF_OTHERS: Final = frozenset({"note"})
"""Columns that may quote files and runtimes; the others are numbers and words of our own."""


def markdown(gate: Gate, limit_bytes: int) -> str:
    """Write the answer, its warnings, and every finding, the worst first.

    Args:
        gate: The answer.
        limit_bytes: Of the text in UTF-8; rows beyond it are cut and counted.
    """
    page = _Page(limit_bytes - _RESERVED)
    page.add(f"{MARKER}\n## Inference cost: {HEADLINES[gate.ending]}\n\n{text(gate.sentence)}\n\n")
    for warning in gate.warnings:
        page.add(f"> **Warning**: {text(warning)}\n\n")
    regressions = gate.regressions
    page.table("Regressions", [_row(one) for one in regressions])
    page.list("Cases that no longer run", [_line(one) for one in gate.broken])
    page.list("Not measured in the candidate", [code(case.slug) for case in gate.missing])
    page.list("What was compared", [f"{text(name)}: {text(said)}" for name, said in gate.facts])
    others = [one for one in gate.telling if not one.is_regression]
    page.table("Other comparisons", [_row(one) for one in others], is_folded=True)
    return page.close()


def code(name: str) -> str:
    """Put a name into a code span that it cannot leave, not even in a table.

    >>> code("a`b"), code("a|b"), code("")
    ('``a`b``', '`a¦b`', '` `')
    """
    shown = plain_text(name).replace("|", "\N{BROKEN BAR}") or " "
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def text(sentence: str) -> str:
    r"""Keep a sentence from being read as Markdown, a link or a mention.

    >>> text("<b> [a](b)")
    '\\<b\\> \\[a\\]\\(b\\)'
    """
    shown = _PUNCTUATION.sub(r"\\\1", plain_text(sentence, longest=_LONGEST))
    return shown.replace("@", "@\N{ZERO WIDTH SPACE}")


def _row(finding: Finding) -> str:
    shown = map(_cell, HEADINGS, cells(finding))
    return f"| {' | '.join(shown)} |\n"


def _cell(heading: str, cell: str) -> str:
    if heading in _CODE:
        return code(cell)
    return text(cell) if heading in _WORDS_OF_OTHERS else cell


def _line(broken: Broken) -> str:
    return text(sentence_of_broken(broken))


class _Page:
    """Text that grows up to a limit; what does not fit is counted."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._parts: list[str] = []
        self._cut = 0

    def add(self, part: str) -> bool:
        """Append, if there is room."""
        size = len(part.encode())
        if size > self._left:
            return False
        self._left -= size
        self._parts.append(part)
        return True

    def table(self, title: str, rows: Sequence[str], *, is_folded: bool = False) -> None:
        """Append a table with as many of its rows as fit."""
        head = f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}\n"
        if is_folded:
            opening = f"<details><summary>{title}: {count(len(rows))}</summary>\n\n{head}"
            self._block(opening, rows, "\n</details>\n\n")
        else:
            self._block(f"### {title}: {count(len(rows))}\n\n{head}", rows, "\n")

    def list(self, title: str, lines: Sequence[str]) -> None:
        """Append a list with as many of its lines as fit."""
        self._block(
            f"### {title}: {count(len(lines))}\n\n", [f"- {line}\n" for line in lines], "\n"
        )

    def close(self) -> str:
        """Return the text, with the number of lines that did not fit."""
        if self._cut:
            self._parts.append(
                f"{count(self._cut)} more lines were cut to stay within the limit.\n"
            )
        return "".join(self._parts)

    def _block(self, opening: str, lines: Sequence[str], closing: str) -> None:
        if not lines:
            return
        shown = sum(1 for _ in takewhile(self.add, lines)) if self.add(opening) else 0
        self._cut += len(lines) - shown
        if shown:
            self._parts.append(closing)
