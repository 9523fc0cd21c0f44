import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import StoreError
from harness.store.foreign import pytest_benchmark_read
from harness.store.foreign.pytest_benchmark_read import positive_count, read_pytest_benchmark
from tests.unit.store.foreign.files import MACHINE, benchmark, write


def test_rounds_become_whole_nanoseconds_in_the_order_taken(tmp_path):
    found = read_pytest_benchmark(write(tmp_path / "a.json", benchmark(data=[2e-3, 1e-6, 0])))
    assert found.benchmarks[0].rounds_ns == (2_000_000, 1_000, 0)


def test_the_machine_the_commit_and_the_time_are_kept(tmp_path):
    found = read_pytest_benchmark(write(tmp_path / "a.json"))
    environment = found.environment
    assert environment.host == "ci-7"
    assert environment.cpu == {"model": "Made Up 3000"}
    assert environment.system["python"] == "CPython 3.12.1"
    assert environment.source == {"commit": "abc123", "dirty": "no"}
    assert environment.hard_keys == {
        "architecture": "x86_64",
        "os": "Linux",
        "cpu_model": "Made Up 3000",
    }
    assert found.made_at == "2026-11-02T10:00:00.123456+00:00"


def test_a_machine_whose_processor_is_not_known_is_known_by_its_name(tmp_path):
    machine = {name: fact for name, fact in MACHINE.items() if name != "cpu"}
    found = read_pytest_benchmark(write(tmp_path / "a.json", machine_info=machine))
    assert found.environment.hard_keys["host"] == "ci-7"
    empty = read_pytest_benchmark(write(tmp_path / "b.json", machine_info={"cpu": 3}))
    assert empty.environment.hard_keys == {"host": "unknown"}


def test_a_commit_that_is_none_is_left_out(tmp_path):
    for info in (None, {"id": "unversioned"}, {"id": 3}):
        found = read_pytest_benchmark(write(tmp_path / "a.json", commit_info=info))
        assert found.environment.source == {}


def test_times_are_brought_to_utc(tmp_path):
    for text, expected in (
        ("2026-11-02T10:00:00+02:00", "2026-11-02T08:00:00+00:00"),
        ("2026-11-02T10:00:00", "2026-11-02T10:00:00+00:00"),
    ):
        found = read_pytest_benchmark(write(tmp_path / "a.json", datetime=text))
        assert found.made_at == expected


def test_a_benchmark_without_its_rounds_is_named_and_left_out(tmp_path):
    path = write(tmp_path / "a.json", benchmark(), benchmark("t::bare", data=None))
    found = read_pytest_benchmark(path)
    assert [one.fullname for one in found.benchmarks] == ["tests/test_a.py::test_a"]
    assert found.without_data == ("t::bare",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"benchmarks": [benchmark(data=[-1.0])]}, "no duration"),
        ({"benchmarks": [benchmark(data=[1e300])]}, "no duration"),
        ({"benchmarks": [benchmark(stats={"data": [1.0], "iterations": 0})]}, "no duration"),
        ({"benchmarks": [benchmark(), benchmark()]}, "named twice"),
        ({"benchmarks": {}}, "benchmarks"),
        ({"datetime": "yesterday"}, "yesterday"),
        ({"datetime": "0001-01-01T00:00:00+14:00"}, "calendar"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_name(tmp_path, changes, said):
    path = write(tmp_path / "a.json", **changes)
    with pytest.raises(StoreError, match=said) as caught:
        read_pytest_benchmark(path)
    assert str(path) in str(caught.value)


def test_numbers_that_are_none_are_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(json.loads(write(path).read_text())).replace("0.004", "NaN"))
    with pytest.raises(StoreError, match="not a file of pytest-benchmark"):
        read_pytest_benchmark(path)


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path, monkeypatch):
    with pytest.raises(StoreError, match="cannot be read"):
        read_pytest_benchmark(tmp_path / "nothing.json")
    monkeypatch.setattr(pytest_benchmark_read, "LARGEST_BYTES", 10)
    with pytest.raises(StoreError, match="over 10 bytes"):
        read_pytest_benchmark(write(tmp_path / "a.json"))


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_store_error(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("noise") / "a.json"
    path.write_bytes(noise)
    with pytest.raises(StoreError):
        read_pytest_benchmark(path)


def test_only_a_whole_number_above_zero_is_a_count():
    assert positive_count(3) == 3
    assert [positive_count(value) for value in (0, -1, True, "3", 2.0, None)] == [None] * 6
