"""What happens to text that its reader does not want, or that the disk cannot take."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.streams import be_patient, patient
from harness.core.errors import StoreError

FULL = Path("/dev/full")


@pytest.fixture
def left():
    """A stream into a pipe whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield patient(stream)


def test_what_a_reader_that_left_does_not_read_is_thrown_away(left):
    for _ in range(3):
        assert left.write("x" * 100_000) == 100_000
        left.flush()


def test_a_reader_that_is_there_gets_everything_in_order(tmp_path):
    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as stream:
        ours = patient(stream)
        ours.write("one\n")
        ours.write("two\n")
        ours.flush()
        assert path.read_text("utf-8") == "one\ntwo\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("text", ["short", "x" * 100_000])
def test_a_full_disk_is_an_error_of_ours_once_and_no_traceback(text):
    with FULL.open("w", encoding="utf-8") as stream:
        ours = patient(stream)
        ours.write(text)
        with pytest.raises(StoreError, match="cannot be written: No space left"):
            ours.flush()
        ours.flush()


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_command_whose_output_finds_a_full_disk_ends_with_2_and_says_so(unbuffered):
    command = [sys.executable, "-c", "from harness.cli.main import main; main()", "zoo", "list"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with FULL.open("w", encoding="utf-8") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "scalecurve: <stdout>: cannot be written: No space left on device\n"


def test_a_stream_of_no_file_stays_as_it_is():
    memory = io.StringIO()
    assert patient(memory) is memory


def test_both_streams_of_the_process_become_patient(monkeypatch, left, tmp_path):
    path = tmp_path / "errors"
    with path.open("w", encoding="utf-8") as errors:
        monkeypatch.setattr(sys, "stdout", left)
        monkeypatch.setattr(sys, "stderr", errors)
        be_patient()
        ours = sys.stdout, sys.stderr
        monkeypatch.undo()
        ours[0].write("x" * 100_000)
        ours[0].flush()
        ours[1].write("said\n")
        for stream in ours:
            stream.detach()
    assert path.read_text("utf-8") == "said\n"
