import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli import arguments
from harness.cli.arguments import (
    choose,
    choose_all,
    parse_count,
    parse_counts,
    require_folder,
    split_list,
)
from harness.core.errors import UsageError


def test_examples_in_docstrings_are_true():
    result = doctest.testmod(arguments)
    assert result.attempted > 0
    assert result.failed == 0


@given(st.integers(1, 10**18))
def test_every_way_to_write_a_count_gives_that_count(number):
    assert parse_count(str(number)) == number
    assert parse_count(f"{number:_}") == number
    assert parse_count(f" {number} ") == number


@given(st.integers(0, 18))
def test_a_power_of_ten_can_be_written_as_one(power):
    assert parse_count(f"1e{power}") == 10**power


@pytest.mark.parametrize(
    "text", ["", "x", "1x", "0", "-5", "1.5", "1e-3", "nan", "inf", "1e999999999", "1e19", "\u0660"]
)
def test_what_is_no_count_is_a_usage_error(text):
    with pytest.raises(UsageError, match="is no count"):
        parse_count(text)


def test_counts_come_in_lists():
    assert parse_counts("1e5, 1_000_000") == (100_000, 1_000_000)
    with pytest.raises(UsageError, match="empty list"):
        parse_counts(" , ")


@given(st.lists(st.text("abc", min_size=1)))
def test_splitting_what_was_joined_gives_the_items(items):
    assert split_list(",".join(items)) == tuple(items)


def test_an_unknown_name_gets_the_nearest_ones():
    with pytest.raises(UsageError, match="no metric 'latency_p5'; did you mean latency_p50"):
        choose("latency_p5", ["latency_p50", "throughput"], "metric")


def test_a_name_that_resembles_nothing_gets_all_there_are_or_what_lists_them():
    with pytest.raises(UsageError, match=r"did you mean base, candidate\?$"):
        choose("zzz", ["base", "candidate"], "side")
    with pytest.raises(UsageError, match="`scalecurve doctor` lists all"):
        choose("zzz", ["eager", "onnxruntime"], "backend")


def test_a_name_given_twice_counts_once():
    assert choose_all("b,a,b", ["a", "b"], "letter") == ("b", "a")


def test_an_empty_list_of_names_is_a_usage_error():
    with pytest.raises(UsageError, match="there are a, b"):
        choose_all(",", ["a", "b"], "letter")
    with pytest.raises(UsageError, match="`scalecurve zoo list` lists all"):
        choose_all(",", ["mlp", "cnn"], "family")


def test_a_file_is_no_folder_and_what_is_not_there_yet_can_become_one(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match=r"--cache: .*file is a file; expected a folder"):
        require_folder("--cache", tmp_path / "file")
    for fine in (None, tmp_path, tmp_path / "new"):
        require_folder("--cache", fine)
