from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.core.errors import StoreError
from harness.core.quality import QUALITY_VERSION, Network, QualityHeader, Scored
from harness.core.run import Environment
from harness.store.quality import QualityWriter, read_quality
from model_zoo.solve import solve
from model_zoo.train.curves import Curves
from model_zoo.train.recipe import Recipe

SPEC = solve("mlp", 10_000)
CURVES = Curves(
    training_loss=(1.5, 0.5),
    validation_loss=(1.25, 0.75),
    training_accuracy=(0.5, 0.75),
    validation_accuracy=(0.5, 0.5),
    epoch_ns=(1_000, 2_000),
)
SCORED = Scored(digest=SPEC.digest, fold=0, confusion=((3, 1), (0, 4)), curves=CURVES)
FAILED = Scored(digest=SPEC.digest, fold=1, failure="the loss was nan in epoch 1")


def header() -> QualityHeader:
    return QualityHeader(
        schema_version=QUALITY_VERSION,
        quality_id="0123456789abcdef",
        started_at="2026-05-04T03:02:01+00:00",
        command=("scalecurve", "quality", "digits"),
        plan={"data": "digits"},
        data="digits",
        items=16,
        classes=2,
        folds=2,
        recipe=Recipe(epochs=2),
        threads=1,
        environment=Environment(host="box", system={}, cpu={}, memory_bytes=1),
        networks=(Network(spec=SPEC, parameter_count=10_000, nominal=10_000),),
    )


@pytest.fixture
def file(tmp_path) -> Path:
    with QualityWriter.create(tmp_path / "out", header()) as writer:
        writer.write(SCORED)
        writer.write(FAILED)
        return writer.path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_what_was_written_is_read_back(file):
    run = read_quality(file)
    assert run.header == header()
    assert run.scored == (SCORED, FAILED)
    assert run.torn == ""


def test_a_file_is_named_after_when_where_and_which_and_no_folder_takes_it_for_a_run(file):
    assert file.name == "20260504T030201-box-01234567.ndjson"


def test_a_torn_last_line_is_said_and_cut_off_by_whoever_goes_on(file):
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    run = read_quality(file)
    assert run.scored == (SCORED,)
    assert run.torn.startswith("line 3 was torn after")
    writer, again = QualityWriter.resume(file)
    with writer:
        assert again == run
        writer.write(FAILED)
    assert file.read_bytes() == whole


def test_a_last_line_that_lacks_only_its_newline_is_whole(file):
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert read_quality(file).scored == (SCORED, FAILED)
    writer, _ = QualityWriter.resume(file)
    writer.close()
    assert file.read_bytes() == whole


def test_two_cannot_write_one_file(file):
    first, _ = QualityWriter.resume(file)
    with first, pytest.raises(StoreError, match="another process is writing"):
        QualityWriter.resume(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": "0" * 16}, "not in the header"),
        ({"fold": 2}, "fold 2 of 2"),
        ({"fold": -1}, "fold -1 of 2"),
        ({"failure": "both"}, "either a score, or why"),
        ({"confusion": (), "failure": ""}, "either a score, or why"),
        ({"confusion": ((1, 2, 3),)}, "not 2 by 2"),
        ({"confusion": ((1, 2, 3), (4,))}, "not 2 by 2"),
        ({"confusion": ((1, -1), (0, 0))}, "counts that no items have"),
        ({"confusion": ((10, 10), (0, 0))}, "counts that no items have"),
        ({"curves": replace(CURVES, epoch_ns=(1,))}, "curves of different lengths"),
        ({"curves": replace(CURVES, training_loss=(1.0,))}, "curves of different lengths"),
    ],
)
def test_a_line_that_contradicts_itself_or_the_header_is_refused_by_its_number(file, change, said):
    wrong = msgspec.json.encode({"scored": replace(SCORED, **change)}) + b"\n"
    file.write_bytes(b"".join([*lines(file)[:2], wrong]))
    with pytest.raises(StoreError, match=rf"ndjson:3: .*{said}"):
        read_quality(file)


def test_a_loss_that_is_no_number_is_refused(file):
    text = lines(file)[1].replace(b"1.25", b"1e999")
    file.write_bytes(b"".join([lines(file)[0], text]))
    with pytest.raises(StoreError, match=":2: "):
        read_quality(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"{}\n", "either header or scored"),
        (b"hello\n", "malformed"),
        (b'{"header": {}}', "1: "),
        (b'{"unknown": 1}\n', "unknown"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, content, said):
    path = tmp_path / "some.ndjson"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=said):
        read_quality(path)


def test_a_header_in_the_middle_is_refused(file):
    file.write_bytes(b"".join([lines(file)[0], lines(file)[0]]))
    with pytest.raises(StoreError, match=r":2: .*nowhere else"):
        read_quality(file)


def test_a_newer_version_is_refused_by_name(file):
    newer = msgspec.json.encode({"header": replace(header(), schema_version=QUALITY_VERSION + 1)})
    file.write_bytes(newer + b"\n")
    with pytest.raises(StoreError, match="made by a newer version: 2; this one reads 1"):
        read_quality(file)


def test_another_ending_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(StoreError, match=r"its files end in \.ndjson"):
        read_quality(tmp_path / "run.jsonl")
    with pytest.raises(StoreError, match="cannot be read"):
        read_quality(tmp_path / "gone.ndjson")
