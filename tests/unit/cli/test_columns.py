import pytest

from harness.cli.columns import read_points
from harness.core.errors import UsageError


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_two_columns_become_points(table):
    path = table("name,n,s\na,1e4,0.1\nb,100000,0.25\n,,\n")
    assert [(p.size, p.cost) for p in read_points(path, "n", "s")] == [(1e4, 0.1), (1e5, 0.25)]


def test_a_spreadsheets_byte_order_mark_is_no_part_of_a_name(table):
    assert len(read_points(table("\N{ZERO WIDTH NO-BREAK SPACE}n,s\n1,2\n"), "n", "s")) == 1


def test_a_column_that_is_not_there_lists_those_that_are(table):
    with pytest.raises(UsageError, match="no column 'm'; there are n, s"):
        read_points(table("n,s\n1,2\n"), "m", "s")


@pytest.mark.parametrize("cell", ["x", "", "0", "-1", "nan", "inf"])
def test_a_cell_that_is_no_positive_number_names_its_line(table, cell):
    with pytest.raises(UsageError, match=r"table\.csv:3: s is"):
        read_points(table(f"n,s\n1,2\n2,{cell}\n"), "n", "s")


def test_a_short_line_is_named(table):
    with pytest.raises(UsageError, match="expected a positive number"):
        read_points(table("n,s\n1\n"), "n", "s")


@pytest.mark.parametrize("text", ["", "n,s\n", "n,s\n,\n"])
def test_a_table_without_numbers_is_refused(table, text):
    with pytest.raises(UsageError):
        read_points(table(text), "n", "s")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nothing\.csv"):
        read_points(tmp_path / "nothing.csv", "n", "s")
    (tmp_path / "binary.csv").write_bytes(b"n,s\n\xff\xfe,1\n")
    with pytest.raises(UsageError, match=r"binary\.csv"):
        read_points(tmp_path / "binary.csv", "n", "s")
