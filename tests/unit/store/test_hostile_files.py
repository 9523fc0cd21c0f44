"""Whatever stands in a file, reading it ends in a run or in an error that names file and line."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION, QuietLevel
from harness.core.trial import HostMemory, Probes, Slices, Timeline
from harness.store.fake import (
    FakeMachine,
    fake_case,
    fake_failure,
    fake_header,
    fake_memory_trial,
)
from harness.store.line import Line, decode_line, encode_line
from harness.store.read import read_run
from harness.store.stream import Limits
from tests.unit.store.lines import CASE, END, HEADER, TRIAL


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty: the run ended before its first trial"),
        (b'{"a": 1}\n', ":1: no scalecurve run file: .*: Object missing required field `header`"),
        (b"# notes\n", ":1: no scalecurve run file: .*: JSON is malformed"),
        (b"\n", ":1: no scalecurve run file: .*: an empty line"),
        (b"no newline", ":1: no whole header: no scalecurve run file, or one that ended"),
        (b"\xff\xfe\x00binary\n", ":1: "),
        (b"\x80\x04\x95pickle.\n", ":1: "),
        (b"null\n", ":1: "),
        (HEADER[:-9], ":1: no whole header"),
        (TRIAL + HEADER, ":1: "),
        (HEADER + HEADER, ":2: expected the header in the first line"),
        (HEADER + b"\n" + TRIAL, ":2: "),
        (HEADER + b"{}\n", ":2: expected one of header, trial, end; found 0"),
        (HEADER + END + TRIAL, ":3: a line after the end of the run"),
        (HEADER + TRIAL[:50] + b"\n" + TRIAL, ":2: "),
        (HEADER + TRIAL.replace(b'"round"', b'"rund"'), ":2: .*`round`"),
        (HEADER + TRIAL.replace(b'"timing"', b'"no such"'), ":2: .*'no such'"),
        (HEADER + b'{"trial": "\xff"}\n', ":2: "),
        (HEADER + b'{"trial":' + b"[" * 10**6 + b"\n", ":2: "),
        (HEADER + b'{"extra": 1}\n', ":2: .*unknown field `extra`"),
        (HEADER.replace(b'"family":["mlp"]', b'"a":' + b'{"a":' * 10**5), ":1: "),
        (b'{"header":' * 10**5 + b"\n", ":1: "),
    ],
)
def test_what_is_no_run_file_is_refused_with_file_and_line(tmp_path, content, message):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=rf"bad\.jsonl.*{message}"):
        read_run(path)


def test_a_deep_nest_in_a_line_is_refused_not_a_crash(tmp_path):
    path = tmp_path / "deep.jsonl"
    nest = b'{"a":' * 10**5 + b"1" + b"}" * 10**5
    path.write_bytes(HEADER.replace(b'"plan":{', b'"plan":{"deep":' + nest + b","))
    with pytest.raises(StoreError, match=r"deep\.jsonl:1: .*nested too deeply"):
        read_run(path)
    path.write_bytes(HEADER + b'{"trial":{"x":' + nest + b"}}\n")
    with pytest.raises(StoreError, match=r"deep\.jsonl:2: nested too deeply"):
        read_run(path)


def test_a_newer_schema_is_named_with_the_newest_that_can_be_read(tmp_path):
    path = tmp_path / "new.jsonl"
    path.write_bytes(b'{"header": {"schema_version": 7, "fields": "of the future"}}\n')
    message = rf"new\.jsonl:1: made by a newer version: schema 7; .* up to {SCHEMA_VERSION}$"
    with pytest.raises(StoreError, match=message):
        read_run(path)


def test_a_trial_of_a_case_that_was_not_asked_for_is_refused(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(HEADER + encode_line(Line(trial=fake_failure(fake_case(77_000)))))
    with pytest.raises(StoreError, match=r":2: a trial of case .* not in the header"):
        read_run(path)


def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path):
    with pytest.raises(StoreError, match=r"not a run file; expected a name ending in \.jsonl"):
        read_run(tmp_path / "run.pickle")


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("none.jsonl", "folder.jsonl"):
        with pytest.raises(StoreError, match=rf"{name}: cannot be read"):
            read_run(tmp_path / name)


def test_an_overlong_line_is_refused_before_it_is_in_memory(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_bytes(HEADER + b" " * 10_000 + b"\n")
    with pytest.raises(StoreError, match=r"long\.jsonl:2: a line over 5000 bytes; refused"):
        read_run(path, limits=Limits(line_bytes=5_000))


def timeline(**changes: tuple[int, ...]) -> Timeline:
    slices = {
        "start_ns": (0,),
        "duration_ns": (9,),
        "iterations": (2,),
        "skipped": (0,),
        "before": (0,),
        "after": (1,),
        "waited_ns": (0,),
        "hunting": (0,),
    }
    samples = changes.pop("samples_ns", (4, 5))
    probes = Probes(
        start_ns=(0, 10), core=(-1, 0), native_ns=(5, 5), loop_ns=(5, 5), cache_ns=(5, 5)
    )
    return Timeline(samples_ns=samples, slices=Slices(**(slices | changes)), probes=probes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples_ns": (4, -5)}, "samples_ns holds -5 to 4"),
        ({"samples_ns": (4, 2**62)}, "samples_ns holds 4 to 4611686018427387904"),
        ({"samples_ns": (4,)}, "slices count 2 iterations; there are 1 samples"),
        ({"after": (2,)}, "slices.after names probe 2; there are 2"),
        ({"before": (-1,)}, "slices.before holds -1"),
        ({"skipped": ()}, "columns of slices have lengths"),
        ({"duration_ns": (10**30,)}, "slices.duration_ns holds"),
    ],
)
def test_columns_that_contradict_each_other_are_refused(changes, message):
    trial = replace(FakeMachine().trial(CASE), timeline=timeline(**changes))
    data = b'{"trial":' + msgspec.json.encode(trial) + b"}"
    with pytest.raises(ValueError, match=message):
        decode_line(data)


def test_a_timeline_that_fits_is_accepted():
    line = Line(trial=replace(FakeMachine().trial(CASE), timeline=timeline()))
    assert decode_line(encode_line(line)) == line


def test_negative_memory_is_refused():
    memory = fake_memory_trial(CASE).memory
    assert isinstance(memory, HostMemory)
    trial = replace(fake_memory_trial(CASE), memory=replace(memory, loaded=-1))
    with pytest.raises(ValueError, match="loaded holds -1"):
        decode_line(b'{"trial":' + msgspec.json.encode(trial) + b"}")


def test_a_header_that_contradicts_itself_is_refused():
    header = fake_header((CASE,))
    level = QuietLevel(native_ns=0.0, probe_version=1, anchored=True)
    for wrong, message in (
        (replace(header, cases=(CASE, CASE)), "a case is listed twice"),
        (replace(header, parameter_counts={CASE.id: 0}), "has 0 parameters"),
        (replace(header, level=level), "quiet level 0.0 ns"),
    ):
        with pytest.raises(ValueError, match=message):
            decode_line(b'{"header":' + msgspec.json.encode(wrong) + b"}")


@given(st.binary(max_size=200), st.integers(0, len(HEADER + TRIAL)))
def test_any_bytes_at_any_place_end_in_a_run_or_a_store_error(tmp_path_factory, noise, place):
    path = tmp_path_factory.mktemp("noise") / "run.jsonl"
    whole = HEADER + TRIAL
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    try:
        run = read_run(path)
    except StoreError as error:
        assert str(path) in str(error)  # noqa: PT017 - either end is right
    else:
        assert run.header.cases
