import io
import re
from random import Random

import pytest

from harness.core.case import Scenario
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.core.trial import Outcome, Status
from harness.report.format import DASH
from harness.report.inputs import inputs_line
from harness.report.table import Table, markdown, plain, print_table, tables
from model_zoo.presets import preset
from model_zoo.solve import solve
from model_zoo.spec import ModelSpec


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def records(make_record, skipped):
    return [
        make_record(count=1_000_000, values={"latency_quiet": 1.23e-3, "peak_rss": 2e8}),
        make_record(count=100_000, values={"latency_quiet": 1e-4}),
        make_record(backend="onnxruntime", values={"latency_quiet": 5e-6}),
        make_record(backend="tensorrt", device="cuda:0", outcome=skipped),
        make_record("cnn", batch_size=8, scenario=Scenario.OFFLINE, values={"throughput": 5e4}),
        make_record(replica=1, values={"latency_quiet": 1e-4}),
    ]


def cells(table: Table, heading: str) -> list[str]:
    return [row[table.headings.index(heading)] for row in table.rows]


def test_each_scenario_has_a_table_of_its_own(records):
    single, offline = tables(records)
    assert single.title.startswith("single_stream")
    assert offline.title.startswith("offline")
    assert len(single.rows) == 4
    assert cells(offline, "throughput") == ["50.0 k/s"]


def test_rows_stand_by_family_then_size_and_the_control_follows_its_twin(records):
    single, _ = tables(records)
    assert cells(single, "case") == [
        "mlp-1e5", "mlp-1e5 (control)", "mlp-1e5", "mlp-1e6",
    ]  # fmt: skip


def test_the_order_of_the_records_changes_no_table(records):
    expected = tables(records)
    for seed in range(10):
        shuffled = Random(seed).sample(records, len(records))
        assert tables(shuffled) == expected


def test_a_latency_stands_with_its_interval(records):
    single, _ = tables(records)
    assert "1.23 ms [1.17, 1.29]" in cells(single, "latency, quiet")


def test_a_skipped_case_says_why_in_its_row_and_what_to_do_in_the_notes(records):
    single, _ = tables(records, every=True)
    row = next(row for row in single.rows if "tensorrt" in row)
    assert row[-1] == "skipped: no_cuda_device"
    assert row[single.headings.index("latency, quiet")] == DASH
    assert "no_cuda_device: no device found; run where there is a GPU" in single.notes


def test_a_missing_number_of_a_measured_case_has_its_code_in_the_cell(records):
    single, _ = tables(records)
    assert cells(single, "p99")[0] == f"{DASH} not_measured"
    assert single.notes.count("not_measured; measure it") == 1


def test_reasons_that_differ_in_detail_only_share_a_line(make_record):
    found = [
        make_record(
            count=count,
            values={
                "latency_p99": Value(
                    metric="latency_p99",
                    value=None,
                    reason=Reason(code=ReasonCode.TOO_FEW_SAMPLES, detail=f"has {count}"),
                )
            },
        )
        for count in (10, 20, 30)
    ]
    (table,) = tables(found, ["latency_p99"])
    assert table.notes == ("too_few_samples: has 10 (and 2 more alike)",)


def test_a_note_beside_a_number_names_the_first_cases_and_counts_the_others(make_record):
    noted = Value(metric="latency_quiet", value=1e-3, note="unanchored")
    found = [
        make_record(count=10**power, values={"latency_quiet": noted}) for power in range(5, 10)
    ]
    (table,) = tables(found, ["latency_quiet"])
    assert table.notes == ("unanchored: mlp-1e5 eager, mlp-1e6 eager, mlp-1e7 eager and 2 more",)


def test_notes_that_stand_together_are_explained_apart(make_record):
    noted = Value(
        metric="latency_quiet", value=1e-3, note="unanchored; not steady in 1 of 3 trials"
    )
    (table,) = tables([make_record(values={"latency_quiet": noted})], ["latency_quiet"])
    assert table.notes == (
        "unanchored: mlp-1e5 eager",
        "not steady in 1 of 3 trials: mlp-1e5 eager",
    )


def test_a_condition_in_which_cases_differ_is_a_column_and_else_in_the_title(make_record):
    (same,) = tables([make_record(), make_record(count=5)])
    assert same.title == "single_stream: device cpu, precision fp32, threads 1, batch 1"
    (differing,) = tables([make_record(), make_record(threads=2, options=(("a", "1"),))])
    assert cells(differing, "threads") == ["1", "2"]
    assert cells(differing, "options") == ["none", "a=1"]


def test_chosen_metrics_are_the_only_ones_and_scenarios_without_them_have_no_table(records):
    (table,) = tables(records, ["throughput"])
    assert table.headings[-2:] == ("throughput", "status")
    assert "latency, quiet" not in table.headings


def test_metrics_that_no_case_measures_still_give_a_table_with_the_reason(make_record):
    (table,) = tables([make_record()], ["throughput"])
    assert cells(table, "throughput") == [f"{DASH} not_in_scenario"]


def test_plain_columns_are_as_wide_as_their_widest_cell_and_numbers_flush_right():
    text = plain(
        Table(
            title="t",
            headings=("case", "n"),
            rows=(("a", "1"), ("longer", "1,000")),
            flush_right=(False, True),
            notes=("why",),
        )
    )
    assert text.splitlines() == [
        "t", "", "case        n", "------  -----", "a           1", "longer  1,000", "", "why",
    ]  # fmt: skip


def test_every_plain_row_has_its_columns_at_the_same_places(records):
    for table in tables(records):
        lines = plain(table).splitlines()[2 : 4 + len(table.rows)]
        starts = [0, *(at + 1 for at, character in enumerate(lines[1]) if character == " ")]
        gaps = [at for at in starts if lines[1][at - 2 : at] == "  "]
        assert all(line[at - 2 : at].strip() == "" for line in lines for at in gaps)


def test_a_stream_that_is_no_terminal_gets_no_colour(records):
    stream = io.StringIO()
    for table in tables(records):
        print_table(table, stream)
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_every_cell_as_text_and_not_as_markup(make_record):
    found = make_record("[bold]mlp[/bold]", values={"latency_quiet": 1e-3})
    stream = Terminal()
    for table in tables([found], ["latency_quiet"]):
        print_table(table, stream)
    assert "[bold]mlp" in stream.getvalue()
    assert "1.00 ms" in stream.getvalue()


def test_a_terminal_gets_the_notes_too(make_record):
    stream = Terminal()
    for table in tables([make_record()]):
        print_table(table, stream)
    assert "not_measured; measure it" in stream.getvalue()


def test_a_terminal_gets_no_headings_where_there_are_no_rows(make_record, skipped):
    stream = Terminal()
    for table in tables([make_record(outcome=skipped)]):
        print_table(table, stream)
    assert "latency, quiet" not in stream.getvalue()
    assert "no_cuda_device" in stream.getvalue()


def printed(found, width: int, monkeypatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    for table in tables(found):
        print_table(table, stream)
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()


def test_a_wide_terminal_shows_a_case_on_one_line(records, monkeypatch):
    lines = printed(records[:1], 300, monkeypatch)
    (row,) = (line for line in lines if "mlp-1e6" in line)
    assert "1.23 ms [1.17, 1.29]" in row
    assert row.rstrip().endswith("completed")


def test_a_narrow_terminal_breaks_before_an_interval_and_never_within_a_number(
    records, monkeypatch
):
    lines = printed(records[:1], 20, monkeypatch)
    row = next(number for number, line in enumerate(lines) if "mlp-1e6" in line)
    assert "1.23 ms " in lines[row]
    assert "[1.17, 1.29]" in lines[row + 1]
    assert "completed" in lines[row]


def test_markdown_has_as_many_cells_in_each_row_whatever_the_names(make_record):
    (table,) = tables([make_record("a|b<script>\n# x"), make_record()])
    lines = [line for line in markdown(table).splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert "<script>" not in markdown(table)


def test_markdown_of_a_table_without_notes_ends_with_its_last_row():
    table = Table(title="t", headings=("a",), rows=(("b",),), flush_right=(False,))
    assert markdown(table).splitlines() == ["**t**", "", "| a |", "| --- |", "| b |"]
    assert plain(table).splitlines()[-1] == "b"


def test_names_from_a_file_cannot_steer_a_terminal(make_record):
    (table,) = tables([make_record("\x1b[2Jmlp", backend="\x1b]0;x\x07")])
    assert "\x1b" not in plain(table)


def test_the_inputs_that_decide_the_numbers_stand_under_the_table():
    models = [solve("encoder", 100_000), solve("mlp", 10_000), preset("resnet50")]
    assert inputs_line(models) == (
        "one item: mlp 100; resnet 3x224x224; encoder 128 integers below 1,024"
    )


@pytest.mark.parametrize("spec", [ModelSpec.of("mlp"), ModelSpec.of("unheard-of")])
def test_networks_that_this_version_does_not_know_have_no_inputs_line(spec):
    assert inputs_line([spec]) == ""


def test_a_failed_case_shows_no_timing_even_if_it_has_one(make_record):
    reason = Reason(code=ReasonCode.OUTPUTS_DIFFER, detail="0.3 > 1e-4")
    failed = make_record(outcome=Outcome(status=Status.FAILED, reason=reason))
    (table,) = tables([failed])
    assert table.rows[0][-1] == "failed: outputs_differ"
    assert set(table.rows[0][3:-1]) == {DASH}
    assert "outputs_differ: 0.3 > 1e-4" in table.notes
