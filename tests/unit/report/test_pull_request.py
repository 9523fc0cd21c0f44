"""Markdown is read back by a parser of CommonMark with tables, as GitHub reads it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.analyse.gate import Question
from harness.report.finding import HEADINGS
from harness.report.pull_request import COMMENT_BYTES, MARKER, SUMMARY_BYTES, code, markdown, text
from harness.store.fake import fake_case
from tests.unit.analyse.gates import CASES, comparison, gate_of, hostile_gate, slower, undecided

ALLOWED = {
    "p", "h2", "h3", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td",
    "blockquote", "strong", "details", "summary",
}  # fmt: skip


class Page(HTMLParser):
    """What a reader of the rendered page would find."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[int] = []
        self.comments: list[str] = []
        self.texts: list[str] = []
        self.feed(MarkdownIt("commonmark").enable("table").render(source))

    def handle_starttag(self, tag, attrs):
        del attrs
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag in {"td", "th"}:
            self.rows[-1] += 1

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_data(self, data):
        self.texts.append(data)


def test_a_comment_begins_with_the_marker_by_which_it_is_found_again():
    assert markdown(gate_of(comparison()), COMMENT_BYTES).startswith(f"{MARKER}\n")


def test_regressions_stand_above_everything_else_with_their_figures():
    page = markdown(gate_of(undecided(CASES[1]), slower()), COMMENT_BYTES)
    assert page.index("### Regressions: 1") < page.index("Other comparisons: 1")
    assert "| +5.0 % [+4.0, +6.0] |" in page
    assert Page(page).rows == [len(HEADINGS)] * 4


def test_warnings_are_shown_whatever_the_answer():
    page = markdown(gate_of(comparison(), question=Question(warnings=("stale",))), COMMENT_BYTES)
    assert "> **Warning**: stale" in page


def test_text_from_files_stays_text():
    page = Page(markdown(hostile_gate(), COMMENT_BYTES))
    assert set(page.tags) <= ALLOWED
    assert page.comments == [" scalecurve-gate "]
    assert set(page.rows) == {len(HEADINGS)}
    shown = "".join(page.texts)
    assert "<script>alert(1)</script>" in shown
    assert "[l](http://x.y)" in shown


@given(st.text(min_size=1, max_size=60))
def test_no_name_leaves_its_code_span(name):
    page = Page(f"| {code(name)} | b |\n| --- | --- |\n| {code(name)} | d |\n")
    assert page.rows == [2, 2]
    assert page.tags.count("code") == 2
    assert set(page.tags) <= ALLOWED


@given(st.text(max_size=60))
def test_no_sentence_becomes_markdown(sentence):
    page = Page(f"x {text(sentence)}\n")
    assert page.tags == ["p"]
    assert page.comments == []


def test_nobody_is_mentioned():
    assert "@everyone" not in text("@everyone")


@pytest.mark.parametrize("limit", [COMMENT_BYTES, SUMMARY_BYTES])
def test_a_page_stays_within_its_limit_and_counts_what_was_cut(limit):
    cases = [fake_case(number) for number in range(100, 12_100)]
    found = [slower(case, 1.05 + place / 1e5) for place, case in enumerate(cases)]
    page = markdown(gate_of(*found, comparison(CASES[0])), limit)
    size = len(page.encode())
    assert 0.98 * limit < size <= limit
    rows = page.count("\n| slower")
    (cut,) = [line for line in page.splitlines() if "more lines were cut" in line]
    assert rows + int(cut.split()[0].replace(",", "")) >= len(cases)
    assert cases[-1].slug in page  # the worst


def test_a_page_without_room_still_counts():
    page = markdown(gate_of(slower()), 0)
    assert len(page.encode()) < 400
    assert "more lines were cut" in page


def test_long_text_in_many_bytes_is_measured_in_bytes():
    wide = [slower(fake_case(n), note="\N{SNOWMAN}" * 300) for n in range(100, 400)]
    assert len(markdown(gate_of(*wide), COMMENT_BYTES).encode()) <= COMMENT_BYTES
