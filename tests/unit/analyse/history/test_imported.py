import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.history.imported import import_csv
from harness.core.errors import UsageError
from harness.core.metric import Better


def refused(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        import_csv(text, "s.csv")
    return str(caught.value)


def test_numbers_are_times_as_they_are():
    imported = import_csv("time,value\n1,10\n2.5,11\n", "s.csv")
    assert [(p.time, p.label, p.value) for p in imported.series.points] == [
        (1.0, "1", 10.0),
        (2.5, "2.5", 11.0),
    ]
    assert not imported.series.is_dated
    assert imported.remarks == ()
    assert (imported.series.case, imported.series.unit) == ("s.csv", "")
    assert imported.series.better is Better.LOWER


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-02", 86_400),
        ("1970-01-01T00:01", 60),
        ("1970-01-01T00:00:05Z", 5),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01 00:00:00.5", 0.5),
    ],
)
def test_dates_are_those_of_iso_8601_and_utc_unless_they_say_so(text, seconds):
    series = import_csv(f"time,value\n{text},1\n", "s.csv").series
    assert series.points[0].time == seconds
    assert series.is_dated


def test_other_columns_blank_lines_and_a_mark_at_the_start_do_not_matter():
    text = '\ufeffcommit, Value ,TIME\r\nabc,1,3\r\n\r\n"d,e",2,4\r\n'
    assert [p.time for p in import_csv(text, "s.csv").series.points] == [3, 4]


def test_rows_out_of_order_are_sorted_and_that_is_said():
    imported = import_csv("time,value\n2,20\n1,10\n", "s.csv")
    assert [point.value for point in imported.series.points] == [10, 20]
    assert imported.remarks == ("s.csv: rows were not in the order of time; they were sorted",)


def test_equal_times_stay_in_the_order_of_the_file_and_that_is_said():
    imported = import_csv("time,value\n1,10\n1,9\n2,8\n", "s.csv")
    assert [point.value for point in imported.series.points] == [10, 9, 8]
    assert imported.remarks == (
        "s.csv: 1 rows have the time of another; their order is the file's",
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-3", "0", "", "ten", "1e999", "1,5"])
def test_a_value_without_a_logarithm_is_named_by_its_line(value):
    said = refused(f'time,value\n1,10\n2,"{value}"\n')
    assert (
        said == f"s.csv:3: value {value!r}; expected a number above zero, whose logarithm is taken"
    )


@pytest.mark.parametrize("time", ["", "yesterday", "nan", "inf", "2026-13-01"])
def test_a_time_that_is_none_is_named_by_its_line(time):
    assert refused(f"time,value\n{time},10\n").startswith(f"s.csv:2: time {time!r}; expected a")


def test_a_row_that_is_too_short_is_named():
    assert refused("time,value\n1\n").startswith("s.csv:2: value ''")


def test_dates_and_numbers_in_one_file_are_refused():
    said = refused("time,value\n1,10\n2026-01-01,10\n")
    assert said == "s.csv:3: time '2026-01-01': dates and numbers are mixed"


def test_many_bad_rows_are_named_and_counted():
    said = refused("time,value\n" + "1,x\n" * 8).splitlines()
    assert len(said) == 6
    assert said[-1] == "and 3 more rows"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "",
            "no column time and no column value; expected a heading with time,value, found nothing",
        ),
        ("1,2\n3,4\n", "found 1, 2"),
        ("time,latency\n1,2\n", "no column value"),
    ],
)
def test_a_heading_without_the_columns_is_refused(text, said):
    assert refused(text).startswith("s.csv:1: ")
    assert said in refused(text)


def test_a_file_without_rows_is_refused():
    assert refused("time,value\n") == "s.csv: no rows under the heading; expected times and values"


def test_a_quote_that_never_ends_is_named_by_its_line():
    assert refused('time,value\n1,"2\n').startswith("s.csv:")


def test_a_cell_of_any_length_makes_no_long_message():
    assert len(refused("time,value\n1," + "x" * 100_000 + "\n")) < 300


@given(st.text(max_size=200))
def test_any_text_is_a_series_or_a_usage_error(text):
    try:
        imported = import_csv(text, "s.csv")
    except UsageError as error:
        assert str(error).startswith("s.csv")  # noqa: PT017 - either is right
    else:
        assert imported.series.points
