"""The report in a real browser: it draws, sorts and filters, and asks nobody for anything."""

import json
from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.case import Case, Scenario, Target
from harness.core.peaks import Bandwidth, Peaks
from harness.core.run import Run
from harness.report.html.report import report_page
from harness.report.machine_runs import Measured, machines
from harness.store.fake import FakeMachine, fake_header, fake_memory_trial
from model_zoo.solve import solve

from .browser import browser, missing

HOSTILE = (
    "</script><script>window.hacked = 1</script><img src=http://evil.invalid/x onerror=alert(1)>"
)
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
KEYS = {"cpu_model": HOSTILE}
DRAWN = """
for (let tries = 0; tries < 400 && !document.documentElement.dataset.charts; tries += 1) {
  await new Promise((done) => setTimeout(done, 50));
}
return document.documentElement.dataset.charts;
"""
TEXTS = """
const column = [...document.querySelectorAll("#table thead th")].findIndex(
  (cell) => cell.textContent.startsWith(arguments[0]));
const rows = [...document.querySelectorAll("#table tbody tr")];
return rows.map((row) => row.cells[column].textContent);
"""

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")


def made_cases():
    for backend in ("eager", "onnxruntime"):
        for size in SIZES:
            yield Case(model=solve("mlp", size), target=Target(backend=backend), nominal=size)
        for batch in (1, 8):
            yield Case(
                model=solve("cnn", 100_000),
                target=Target(backend=backend),
                nominal=100_000,
                scenario=Scenario.OFFLINE,
                batch_size=batch,
            )
    for options in ((("note", HOSTILE),), ()):
        yield Case(
            model=solve("cnn", 200_000),
            target=Target(backend=HOSTILE, options=options),
            nominal=200_000,
        )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report with every kind of chart, whose names try to be more than names."""
    cases = tuple(made_cases())
    trials = []
    for case in cases:
        slow = 1 if case.target.backend == "onnxruntime" else 3
        made_up = FakeMachine(latency_ns=20_000 + slow * case.nominal, slow_share=0.0, iterations=4)
        trials += [made_up.trial(case, number) for number in range(3)]
        trials.append(fake_memory_trial(case))
    header = fake_header(cases)
    environment = replace(header.environment, host=HOSTILE, hard_keys=KEYS)
    header = replace(header, environment=environment, command=(HOSTILE,))
    run = Run(path=HOSTILE, header=header, trials=tuple(trials))
    (machine,) = machines([Measured(run=run, records=records(run))])
    peaks = Peaks(
        device="cpu",
        threads=1,
        gemm={"fp32": 1e11},
        bandwidth=(Bandwidth(working_set=1 << 20, rate=5e10),),
        launch=1e-6,
        by="torch",
        hard_keys=KEYS,
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    text = report_page([replace(machine, peaks=(peaks,))], title=HOSTILE)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium():
    with browser() as window:
        yield window


@pytest.fixture
def opened(chromium, page):
    chromium.open(page)
    assert chromium.wait(DRAWN) == "drawn"
    return chromium


def test_every_chart_is_drawn_and_nothing_is_complained_of(opened):
    sizes = opened.run(
        "return [...document.querySelectorAll('.chart svg')].map((one) => "
        "[one.clientWidth, one.clientHeight])"
    )
    charts = opened.run("return document.querySelectorAll('.chart').length")
    assert len(sizes) == charts >= 6
    assert all(width > 100 and height > 80 for width, height in sizes)
    assert opened.complaints() == []


def test_nothing_is_asked_of_anybody(chromium, page):
    chromium.requests()
    chromium.open(page)
    chromium.wait(DRAWN)
    assert {address.partition("?")[0] for address in chromium.requests()} == {page.as_uri()}


def test_hostile_names_stay_text(opened):
    assert opened.run("return window.hacked === undefined")
    assert opened.run("return document.title") == HOSTILE
    assert opened.run("return document.querySelector('h1').textContent") == HOSTILE
    assert opened.run("return document.querySelectorAll('img').length") == 0
    assert HOSTILE in opened.run(TEXTS, "backend")


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(opened):
    selector = "#table thead th:nth-child(2) button"
    heading = opened.run("return document.querySelector(arguments[0]).textContent", selector)
    assert heading == "parameters"
    for way, reverse in (("ascending", False), ("descending", True)):
        opened.click(selector)
        numbers = [int(text.replace(",", "")) for text in opened.run(TEXTS, "parameters")]
        assert numbers == sorted(numbers, reverse=reverse)
        said = (
            "return document.querySelectorAll('#table th[aria-sort=' + arguments[0] + ']').length"
        )
        assert opened.run(said, way) == 1


def test_missing_values_stand_last_either_way(opened):
    place = opened.run(
        "return [...document.querySelectorAll('#table thead th')].findIndex("
        "(cell) => cell.textContent.startsWith('throughput')) + 1"
    )
    for _ in range(2):
        opened.click(f"#table thead th:nth-child({place}) button")
        texts = opened.run(TEXTS, "throughput")
        empty = [text == "" for text in texts]
        assert empty == sorted(empty)


def test_words_and_choices_filter_together_and_say_how_many_are_left(opened):
    opened.write("#words", "cnn")
    assert opened.run("return document.querySelector('#found').textContent") == "6 of 18 records"
    opened.run(
        "const one = document.querySelector('[data-filter=backend]');"
        "one.value = [...one.options].find((option) => option.text === 'eager').value;"
        "one.dispatchEvent(new Event('change'));"
    )
    assert opened.run("return document.querySelector('#found').textContent") == "2 of 18 records"
    assert set(opened.run(TEXTS, "backend")) == {"eager"}
    assert opened.complaints() == []


def test_the_keyboard_reaches_the_table_and_sorts_it(opened):
    opened.run("document.querySelector('#table thead button').focus()")
    assert opened.run("return document.activeElement.textContent") == "case"
    opened.press("\ue007")
    said = "return document.querySelector('#table th').getAttribute('aria-sort')"
    assert opened.run(said) == "ascending"
    outline = opened.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_first_stop_of_the_keyboard_leads_past_the_head(opened):
    opened.press("\ue004")
    assert opened.run("return document.activeElement.className") == "skip"
    opened.press("\ue007")
    assert opened.run("return document.activeElement.id") == "main"


def test_pointing_at_a_mark_says_what_it_is(opened):
    mark = "[data-figure=cost-latency_quiet] .mark-symbol[role=graphics-object] path, "
    mark += "[data-figure=cost-latency_quiet] g.mark-symbol path"
    opened.run("document.querySelector('[data-figure=cost-latency_quiet]').scrollIntoView()")
    selector = opened.run(
        "const marks = [...document.querySelectorAll(arguments[0])];"
        "const one = marks.find((path) => path.__data__ && path.__data__.datum.name);"
        "one.id = 'pointed-at'; return '#pointed-at'",
        mark,
    )
    opened.hover(selector)
    text = opened.wait(
        "for (let tries = 0; tries < 40; tries += 1) {"
        "  const tip = document.querySelector('#vg-tooltip-element.visible');"
        "  if (tip) return tip.textContent;"
        "  await new Promise((done) => setTimeout(done, 50));"
        "}"
        "return 'no tooltip';"
    )
    assert "mlp-1e" in text
    assert "s [" in text


def test_a_chart_is_saved_as_svg_png_and_csv(opened):
    text = opened.wait("return (await picture('cost-latency_quiet', 'svg')).text()")
    assert text.startswith("<svg")
    assert "Quiet latency against parameter count" in text
    assert "var(--c-" not in text
    head = opened.wait(
        "const bytes = new Uint8Array(await (await picture('cost-latency_quiet', 'png'))"
        ".arrayBuffer()); return [...bytes.slice(1, 4)]"
    )
    assert bytes(head) == b"PNG"
    lines = opened.run("return figureCsv('cost-latency_quiet')").splitlines()
    assert lines[0].startswith("kind,family,series,segment,joined,parameter_count,value,low,high")
    assert len(lines) > 12


def test_the_records_shown_are_saved_as_csv_in_plain_numbers(opened):
    opened.write("#words", "mlp eager")
    lines = opened.run("return recordsCsv()").splitlines()
    assert len(lines) == 1 + len(SIZES)
    assert "latency_quiet,latency_quiet_low,latency_quiet_high" in lines[0]
    assert opened.run("return asCsv(['a'], [['=1+1'], ['x,y'], [-2]])") == 'a\n\'=1+1\n"x,y"\n-2\n'


def test_a_case_is_chosen_from_its_row_and_its_distribution_drawn(opened):
    opened.run("document.querySelectorAll('#table tbody td button')[3].click()")
    opened.wait("await drawn.get('distribution'); return 1")
    caption = opened.run("return document.querySelector('#figure-distribution span').textContent")
    chosen = opened.run(
        "const one = document.querySelector('[data-choice]'); return one.selectedOptions[0].text"
    )
    assert caption.startswith(chosen)
    assert opened.run("return report.figures.distribution.rows.length") == 40
    assert opened.complaints() == []


@pytest.mark.parametrize(
    ("features", "media", "is_dark"),
    [
        ([{"name": "prefers-color-scheme", "value": "light"}], "", False),
        ([{"name": "prefers-color-scheme", "value": "dark"}], "", True),
        ([{"name": "prefers-color-scheme", "value": "dark"}], "print", False),
    ],
)
def test_the_page_is_dark_where_it_is_asked_to_be_and_never_on_paper(
    opened, features, media, is_dark
):
    opened.emulate("Emulation.setEmulatedMedia", features=features, media=media)
    colour = opened.run("return getComputedStyle(document.body).backgroundColor")
    line = opened.run("return getComputedStyle(document.querySelector('.chart svg text')).fill")
    opened.emulate("Emulation.setEmulatedMedia", features=[], media="")
    parts = [int(part) for part in colour.strip("rgb()").split(",")]
    assert (sum(parts) < 200) is is_dark
    text = [int(part) for part in line.strip("rgb()").split(",")]
    assert (sum(text) > 400) is is_dark


def test_a_narrow_window_scrolls_tables_and_charts_but_not_the_page(opened):
    size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    opened.emulate("Emulation.setDeviceMetricsOverride", **size)
    width = opened.run("return document.documentElement.scrollWidth")
    opened.emulate("Emulation.clearDeviceMetricsOverride")
    assert width <= 400


def test_the_answers_can_be_read_without_scripts(chromium, page):
    chromium.emulate("Emulation.setScriptExecutionDisabled", value=True)
    chromium.open(page)
    text = chromium.emulate("Runtime.evaluate", expression="document.body.innerText")
    chromium.emulate("Emulation.setScriptExecutionDisabled", value=False)
    assert "How does cost grow with the parameter count?" in json.dumps(text)
