"""Run files: what is written is what is read, and a crash costs at most the line it tore."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.core.errors import StoreError
from harness.core.reason import Reason, ReasonCode
from harness.core.run import SCHEMA_VERSION, QuietLevel, Run, RunEnd
from harness.core.trial import Outcome, Status, Verification
from harness.store.fake import FakeMachine, fake_case, fake_failure, fake_header, fake_run
from harness.store.read import find_runs, read_run
from harness.store.write import RunWriter, run_name

CASES = (fake_case(10_000), fake_case(100_000))
SMALL = FakeMachine(slices=3, iterations=2, hunting=1)
END = RunEnd(
    finished_at="2026-01-02T03:10:00+00:00",
    level=QuietLevel(native_ns=20_100.5, probe_version=1, anchored=False),
    phases_ns={"trials": 5},
)


def write(folder: Path, *, trials: int = 2, end: RunEnd | None = END) -> Path:
    with RunWriter.create(folder, fake_header(CASES)) as writer:
        for number in range(trials):
            writer.append_trial(SMALL.trial(CASES[number % 2], number))
        if end is not None:
            writer.finish(end)
    return writer.path


def test_what_is_written_is_what_is_read(tmp_path):
    run = fake_run(CASES)
    with RunWriter.create(tmp_path / "new" / "folder", run.header) as writer:
        for trial in run.trials:
            writer.append_trial(trial)
        writer.finish(END)
    again = read_run(writer.path)
    assert (again.header, again.trials, again.end) == (run.header, run.trials, END)
    assert not again.torn


def test_a_file_is_named_after_start_host_and_run(tmp_path):
    assert write(tmp_path).name == "20260102T030405-bench-1-3f2a91c0.jsonl"


@pytest.mark.parametrize("host", ["../../etc/passwd", "a b\n<c>", "", "x" * 300, "hôte"])
def test_no_host_name_leads_out_of_the_folder(host):
    header = fake_header(CASES)
    name = run_name(replace(header, environment=replace(header.environment, host=host)))
    assert "/" not in name
    assert name.isascii()
    assert len(name) < 100
    assert ".." not in name


def test_a_run_never_takes_the_place_of_another(tmp_path):
    path = write(tmp_path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="EEXIST"):
        RunWriter.create(tmp_path, fake_header(CASES))
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", [END, None])
def test_a_last_line_torn_at_any_byte_is_reported_and_costs_nothing_else(tmp_path, end):
    whole = write(tmp_path, end=end).read_bytes()
    lines = whole.splitlines(keepends=True)
    kept = len(lines) - 1
    for length in range(1, len(lines[-1]) - 1):
        path = tmp_path / "torn.jsonl"
        path.write_bytes(b"".join(lines[:-1]) + lines[-1][:length])
        run = read_run(path)
        assert run.torn == f"line {kept + 1} was torn after {length} bytes"
        assert 1 + len(run.trials) == kept
        assert run.end is None


def test_a_last_line_that_lacks_only_its_newline_is_whole(tmp_path):
    path = write(tmp_path, end=None)
    path.write_bytes(path.read_bytes()[:-1])
    run = read_run(path)
    assert len(run.trials) == 2
    assert not run.torn


def test_a_block_of_zeros_left_by_a_power_cut_is_a_torn_line(tmp_path):
    path = write(tmp_path, end=None)
    path.write_bytes(path.read_bytes() + bytes(4096))
    assert read_run(path).torn == "line 4 was torn after 4096 bytes"


@pytest.mark.parametrize("cut", [1, 7, 100, 10**9])
def test_a_run_torn_anywhere_is_resumed_to_the_same_file(tmp_path, cut):
    path = write(tmp_path, trials=3)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:-cut])
    writer, run = RunWriter.resume(path)
    with writer:
        for number in range(len(run.trials), 3):
            writer.append_trial(SMALL.trial(CASES[number % 2], number))
        writer.finish(END)
    assert path.read_bytes() == whole


def test_a_finished_run_is_not_resumed(tmp_path):
    with pytest.raises(StoreError, match="is finished; nothing is left to resume"):
        RunWriter.resume(write(tmp_path))


def test_a_compressed_run_is_not_resumed(tmp_path):
    with pytest.raises(StoreError, match=r"only plain \.jsonl files can be resumed"):
        RunWriter.resume(tmp_path / "run.jsonl.gz")


def test_a_missing_run_is_not_resumed(tmp_path):
    with pytest.raises(StoreError, match="no such file"):
        RunWriter.resume(tmp_path / "none.jsonl")
    with pytest.raises(StoreError, match="a folder; name the run file"):
        RunWriter.resume(tmp_path)


def test_two_writers_never_share_a_file(tmp_path):
    pytest.importorskip("fcntl", reason="this platform has no file locks")
    with (
        RunWriter.create(tmp_path, fake_header(CASES)) as writer,
        pytest.raises(StoreError, match="another process is writing this run"),
    ):
        RunWriter.resume(writer.path)
    resumed, _ = RunWriter.resume(writer.path)
    resumed.close()


def test_nothing_is_written_after_the_end(tmp_path):
    writer = RunWriter.create(tmp_path, fake_header(CASES))
    writer.finish(END)
    with pytest.raises(StoreError, match="this run is finished"):
        writer.append_trial(SMALL.trial(CASES[0]))


def test_what_could_not_be_read_back_is_not_written(tmp_path):
    trial = SMALL.trial(CASES[0])
    not_finite = replace(trial, verification=Verification(error=float("nan"), tolerance=1.0))
    with RunWriter.create(tmp_path, fake_header(CASES)) as writer:
        with pytest.raises(StoreError, match="what cannot be read back is not written"):
            writer.append_trial(not_finite)
        writer.append_trial(trial)
    assert read_run(writer.path).trials == (trial,)


def test_a_traceback_that_is_no_valid_unicode_does_not_cost_the_trial(tmp_path):
    outcome = Outcome(
        status=Status.FAILED,
        reason=Reason(code=ReasonCode.WORKER_ERROR),
        traceback="caf\udce9",
    )
    with RunWriter.create(tmp_path, fake_header(CASES)) as writer:
        writer.append_trial(replace(fake_failure(CASES[0]), outcome=outcome))
    assert read_run(writer.path).trials[0].outcome.traceback == "caf?"


def test_an_argument_that_is_no_valid_unicode_does_not_stop_the_run(tmp_path):
    header = replace(fake_header(CASES), command=("run", "--out", "caf\udce9"))
    with RunWriter.create(tmp_path, header) as writer:
        assert read_run(writer.path).header.command == ("run", "--out", "caf?")


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    resource = pytest.importorskip("resource", reason="this platform has no file size limit")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_line_that_did_not_fit_leaves_the_file_as_it_was(tmp_path):
    trial = SMALL.trial(CASES[0])
    with RunWriter.create(tmp_path, fake_header(CASES)) as writer:
        writer.append_trial(trial)
        before = writer.path.stat().st_size
        with (
            file_size_limit(before + 50),
            pytest.raises(StoreError, match=r"cannot be written: .*EFBIG"),
        ):
            writer.append_trial(trial)
        assert writer.path.stat().st_size == before
        writer.append_trial(trial)
    assert read_run(writer.path).trials == (trial, trial)


def test_a_header_that_did_not_fit_leaves_no_file(tmp_path):
    with file_size_limit(50), pytest.raises(StoreError, match="EFBIG"):
        RunWriter.create(tmp_path, fake_header(CASES))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this platform has no /dev/full")
def test_a_full_disk_is_said_with_what_to_do():
    writer = RunWriter(Path("/dev/full"), os.open("/dev/full", os.O_RDWR))
    with writer, pytest.raises(StoreError, match=r"No space left.*ENOSPC.*free some space"):
        writer.append_trial(SMALL.trial(CASES[0]))


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_folder_is_said(tmp_path):
    user = os.geteuid()
    tmp_path.chmod(0o500)
    if user == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(StoreError, match="EACCES"):
            RunWriter.create(tmp_path, fake_header(CASES))
    finally:
        os.seteuid(user)
        tmp_path.chmod(0o700)


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        RunWriter.create(tmp_path / "out", fake_header(CASES))


def test_a_compressed_run_reads_the_same(tmp_path):
    path = write(tmp_path)
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    plain, unpacked = read_run(path), read_run(packed)
    assert replace(unpacked, path=plain.path) == plain


def test_runs_are_found_in_folders_by_name_and_once(tmp_path):
    path = write(tmp_path / "machine")
    packed = tmp_path / "machine" / "older.jsonl.gz"
    packed.touch()
    (tmp_path / "notes.txt").touch()
    assert find_runs([path, tmp_path]) == [path, packed]


def test_a_folder_without_runs_or_a_missing_path_is_said(tmp_path):
    with pytest.raises(StoreError, match="no run file in this folder"):
        find_runs([tmp_path])
    with pytest.raises(StoreError, match="no such file or folder"):
        find_runs([tmp_path / "none"])


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_the_sample_of_every_schema_stays_readable(version):
    run = read_run(Path(__file__).parents[2] / "data" / f"run-v{version}.jsonl")
    assert run.header.schema_version == SCHEMA_VERSION
    assert {trial.outcome.status for trial in run.trials} == {Status.COMPLETED, Status.FAILED}
    assert [str(reason) for reason in run.header.skipped.values()] == [
        "no_cuda_device: no NVIDIA driver"
    ]
    assert run.end is not None


def test_a_run_survives_copying_through_plain_json(tmp_path):
    path = write(tmp_path)
    copy = tmp_path / "copy.jsonl"
    rows = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    copy.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    shutil.move(path, tmp_path / "moved.jsonl")
    first: Run = read_run(copy)
    assert replace(first, path="") == replace(read_run(tmp_path / "moved.jsonl"), path="")
