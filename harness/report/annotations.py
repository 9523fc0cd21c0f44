"""Findings as annotations of GitHub Actions: lines that its runner takes out of the log.

The runner reads standard output and standard error alike; at most ten annotations of a kind and
step are shown, and the others are dropped without a word.
Source: GitHub Docs, 'Workflow commands for GitHub Actions'; actions/runner, `ActionCommand.cs`,
for what is escaped and how.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.analyse.gate import Gate
from harness.report.finding import WORDS, sentence, sentence_of_broken
from harness.report.format import plain_text

MOST: Final = 10
"""Annotations of one kind that are shown."""
_LONGEST: Final = 1000
_DATA: Final = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY: Final = (*_DATA, (":", "%3A"), (",", "%2C"))


def annotation_lines(gate: Gate) -> tuple[str, ...]:
    """Write errors for what fails the gate, and warnings for what a reader must know; worst first.

    Of more than ten of a kind, the tenth counts those that were cut.
    """
    errors = [("Regression", sentence(one)) for one in gate.regressions]
    errors += [("Broken case", sentence_of_broken(one)) for one in gate.broken]
    if gate.ending > 1:
        errors.insert(0, ("Gate", gate.sentence))
    warnings = [("Gate", text) for text in gate.warnings]
    warnings += [(WORDS[one.standing].capitalize(), sentence(one)) for one in gate.undecided]
    return (*_lines("error", errors), *_lines("warning", warnings))


def disarmed(text: str) -> str:
    """Keep a line of the log from being taken for a command by the names that it quotes.

    The runner's older syntax is a command anywhere in a line.
    """
    return text.replace("##[", "#\N{ZERO WIDTH SPACE}#[")


def _lines(kind: str, messages: Sequence[tuple[str, str]]) -> list[str]:
    shown = list(messages)
    cut = len(shown) - MOST
    if cut > 0:
        shown = shown[: MOST - 1]
        shown.append(("Gate", f"and {cut + 1} more {kind}s; the job summary has them all"))
    return [
        f"::{kind} title={_escaped(title, _PROPERTY)}::"
        f"{_escaped(plain_text(text, longest=_LONGEST), _DATA)}"
        for title, text in shown
    ]


def _escaped(text: str, replacements: Sequence[tuple[str, str]]) -> str:
    """Escape, the per cent sign first.

    >>> _escaped("50 %: a,b", _PROPERTY)
    '50 %25%3A a%2Cb'
    """
    for character, replacement in replacements:
        text = text.replace(character, replacement)
    return text
