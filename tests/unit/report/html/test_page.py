"""The page as a file: one document, nothing fetched, every name only text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.core.choice import Limit
from harness.report.html.asked import Wishes, ask
from harness.report.html.page import names_are_unique
from harness.report.html.report import _all_sections, figures, report_page, where

from .page_runs import KEYS, PEAKS, made_run, measured

HOSTILE = "</script><script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)>"


@pytest.fixture(scope="module")
def one():
    return replace(measured(made_run())[0], peaks=(PEAKS,))


@pytest.fixture(scope="module")
def page(one):
    return report_page([one], title="A report")


@pytest.fixture(scope="module")
def two():
    return measured(
        made_run(),
        made_run("other.jsonl", 1.3, {**KEYS, "cores_available": "4"}, started="2026-01-03"),
    )


class Outline(HTMLParser):
    """Tags with their attributes, and the text of everything but scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags = []
        self.texts = []
        self.inside = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def outline(page):
    parser = Outline()
    parser.feed(page)
    return parser


def data_of(page):
    return json.loads(inside(page, '<script type="application/json" id="data">', "</script>"))


def inside(page, start, end):
    """Return what stands between the first two texts."""
    return page.partition(start)[2].partition(end)[0]


def test_nothing_on_the_page_is_fetched(page):
    fetching = {"src", "srcset", "data", "action", "poster", "background"}
    for tag, attributes in outline(page).tags:
        assert not fetching & set(attributes), tag
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert attributes.get("href", "#").startswith("#")
    style = inside(page, "<style>", "</style>")
    assert "url(" not in style
    assert "@import" not in style


def test_only_the_scripts_of_the_page_may_run(page):
    policy = next(
        attributes["content"]
        for tag, attributes in outline(page).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    assert len(scripts) == 2
    assert f"script-src {' '.join(hashes)};" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy


def test_the_page_has_landmarks_captions_and_a_way_past_its_head(page):
    found = outline(page)
    tags = [tag for tag, _ in found.tags]
    assert {"header", "main", "footer"} <= set(tags)
    assert tags.count("table") == tags.count("caption")
    assert ("a", {"class": "skip", "href": "#main"}) in found.tags
    assert dict(found.tags)["html"]["lang"] == "en"
    headings = [tag for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}


def test_every_chart_has_words_for_whoever_cannot_see_it(page):
    charts = [attributes for _, attributes in outline(page).tags if "data-figure" in attributes]
    assert len(charts) >= 6
    assert all(chart["role"] == "img" and len(chart["aria-label"]) > 40 for chart in charts)


def test_every_control_and_region_has_a_name(page):
    for tag, attributes in outline(page).tags:
        if attributes.get("role") in {"region", "group", "search"}:
            assert attributes.get("aria-label"), tag
        if attributes.get("tabindex") == "0":
            assert attributes.get("aria-label")


def test_ids_are_unique(page):
    ids = [attributes["id"] for _, attributes in outline(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_question_is_answered_in_short_and_at_length(page):
    text = outline(page).text
    for question in (
        "How does cost grow with the parameter count?",
        "From which size on is which runtime the better one?",
        "What is the largest network within latency_quiet=10ms and peak_rss=1GB?",
        "How far is this from what the hardware can do?",
        "Which target is best in quiet latency and peak host memory?",
        "How does throughput depend on the batch size?",
        "What does it take in memory?",
        "What does it take in energy?",
        "How is latency distributed?",
    ):
        assert text.count(question) == 2, question
    assert "What was run, and where?" in text
    assert "no_cuda_device" in text
    assert "powercap_not_exposed" in text


def test_where_it_was_measured_stands_under_the_title(page, one):
    assert where(one) in outline(page).text
    assert "Made Up 3000, 2 cores · host bench-1 · 2026-01-02 · 19 cases" in outline(page).text


def test_the_data_holds_every_record_and_figure_once(page, one):
    data = data_of(page)
    assert data["records"]["count"] == len(one.records)
    assert set(data["figures"]) == {figure.name for figure in figures([one])}
    assert len(data["distributions"]) == 12


def test_the_library_draws_without_evaluating_strings(page):
    assert "ast: true" in page


def test_names_in_the_data_cannot_end_its_script(one):
    hostile = replace(one, name=HOSTILE)
    page = report_page([hostile], title=HOSTILE)
    assert page.count("</script>") == 3
    assert not {"img", "script"} & {tag for tag, _ in outline(page).tags[:-3]}
    assert HOSTILE in outline(page).text


def test_hostile_run_files_stay_text():
    run = made_run(path=f"/tmp/{HOSTILE}")  # noqa: S108 - a name only
    environment = replace(
        run.header.environment,
        host=HOSTILE,
        versions={HOSTILE: HOSTILE},
        cpu={"model": HOSTILE},
        system={HOSTILE: "\x1b[31m"},
    )
    header = replace(run.header, environment=environment, command=(HOSTILE,))
    page = report_page(measured(replace(run, header=header, torn=HOSTILE)), title="t")
    assert page.count("</script>") == 3
    assert not {"img", "script"} & {tag for tag, _ in outline(page).tags[:-3]}
    assert "\x1b" not in page


def test_two_machines_are_held_against_each_other(two):
    page = report_page(two, title="Two machines")
    text = outline(page).text
    assert "What changed from Made Up 3000, 2 cores to Made Up 3000, 4 cores?" in text
    assert "1.30 times as much on Made Up 3000, 4 cores as on Made Up 3000, 2 cores" in text
    assert "They differ in cores_available 2 / 4." in text
    ids = [attributes["id"] for _, attributes in outline(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_names_of_sections_and_figures_are_unique_on_a_page_of_two(two):
    sections = _all_sections([ask(machine, Wishes()) for machine in two], [{}])
    assert names_are_unique(sections)
    assert not names_are_unique([*sections, sections[0]])


def test_what_machines_do_not_share_is_said(two):
    first, second = two
    run = second.runs[0].run
    dropped = run.header.cases[0].id
    header = replace(run.header, cases=run.header.cases[1:])
    trials = tuple(trial for trial in run.trials if trial.case_id != dropped)
    smaller = replace(run, header=header, trials=trials)
    page = report_page([first, *measured(smaller)], title="t")
    text = outline(page).text
    assert "1 cases are in the runs of Made Up 3000, 2 cores only." in text
    assert "not in its runs" in text


def test_machines_that_share_no_case_are_said_to(two):
    first, second = two
    run = second.runs[0].run
    nothing = replace(run, header=replace(run.header, cases=()), trials=())
    text = outline(report_page([first, *measured(nothing)], title="t")).text
    assert "have no case in common" in text


def test_a_budget_that_was_asked_for_is_answered(one):
    wishes = Wishes(limits=(Limit(metric="latency_quiet", value=1e-3, text="latency_quiet=1ms"),))
    text = outline(report_page([one], title="t", wishes=wishes)).text
    assert "What is the largest network within latency_quiet=1ms?" in text


def test_a_run_without_any_result_is_a_page_too():
    run = made_run()
    empty = replace(run, trials=(), end=None)
    text = outline(report_page(measured(empty), title="t")).text
    assert "did not end" in text
    assert "19 cases in 1 run on 1 machine: 0 completed, 19 skipped, 0 failed." in text


def test_unknown_peaks_say_how_to_have_them(two):
    text = outline(report_page(two[:1], title="t")).text
    assert "`scalecurve roofline RUN` measures them" in text


def test_peaks_of_other_threads_fit_no_case(one):
    other = replace(one, peaks=(replace(PEAKS, threads=7),))
    text = outline(report_page([other], title="t")).text
    assert "No case could be held against the peaks of this machine." in text
