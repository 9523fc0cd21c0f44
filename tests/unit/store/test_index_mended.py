"""An index that is missing, damaged, in use or cut off costs time and no answer."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from harness.core.errors import StoreError
from harness.store.index import Index
from harness.store.index_columns import Read
from harness.store.index_database import database
from harness.store.index_row import IndexedRun
from tests.unit.store.index_runs import LATENCY, database_of, indexed


def test_an_index_may_be_deleted_and_is_made_again(runs, folder):
    before = runs.index(folder).select(runs.root, LATENCY)
    database_of(folder).unlink()
    after = runs.index(folder).select(runs.root, LATENCY)
    assert [line.value.tolist() for line in after.lines] == [
        line.value.tolist() for line in before.lines
    ]
    assert runs.said == []


def damage_whole(path: Path) -> None:
    path.write_bytes(b"not a database" * 1_000)


def damage_inside(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8_192:] = bytes(len(content) - 8_192)
    path.write_bytes(content)


def damage_by_another_version(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE version SET number = 999")


def damage_by_other_rules(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE version SET rules = 'older'")


def damage_by_another_program(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE cats (name VARCHAR)")


@pytest.mark.parametrize(
    "damage",
    [
        damage_whole,
        damage_inside,
        damage_by_another_version,
        damage_by_other_rules,
        damage_by_another_program,
    ],
)
def test_a_damaged_index_is_made_anew_with_one_message(
    runs, folder, damage: Callable[[Path], None]
):
    runs.index(folder).select(runs.root, LATENCY)
    damage(database_of(folder))
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]
    assert len(runs.said) == 1
    assert "index not usable, building it anew" in runs.said[0]
    runs.said.clear()
    runs.index(folder).select(runs.root, LATENCY)
    assert runs.said == []


def test_an_index_that_cannot_be_replaced_is_made_in_memory(runs, folder):
    runs.index(folder).select(runs.root, LATENCY)
    path = database_of(folder)
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]
    assert len(runs.said) == 2


def test_a_folder_that_cannot_be_made_means_an_index_in_memory(runs, tmp_path):
    (tmp_path / "file").touch()
    selection = runs.index(tmp_path / "file" / "below").select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]
    assert "no place for an index" in runs.said[0]


def test_without_a_folder_nothing_is_kept(runs, tmp_path):
    runs.index(None).select(runs.root, LATENCY)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_failure_that_no_new_index_mends_is_an_error(runs, folder):
    def failing(path: Path) -> IndexedRun:
        raise duckdb.OutOfMemoryException(f"no room for {path.name}\nand more")

    index = Index(folder=folder, read=failing, say=runs.said.append)
    with pytest.raises(StoreError, match=r"three times, at last in memory: no room for 0\.jsonl$"):
        index.select(runs.root, LATENCY)
    assert len(runs.said) == 3


def test_a_build_that_is_cut_off_keeps_no_half_of_a_batch(runs, folder):
    def interrupted(path: Path) -> IndexedRun:
        if path.name == "1.jsonl":
            raise KeyboardInterrupt
        return runs.reader(path)

    with pytest.raises(KeyboardInterrupt):
        Index(folder=folder, read=interrupted, say=print).select(runs.root, LATENCY)
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]


def test_what_fails_while_it_goes_in_leaves_the_index_as_it_was(runs, folder):
    runs.index(folder).select(runs.root, LATENCY)
    with database(database_of(folder)) as opened:
        broken = Read(path="3.jsonl", stamp=(0, 0), run=None)  # type: ignore[arg-type]
        with pytest.raises(AttributeError):
            opened.replace(["0.jsonl"], [broken])
        assert sorted(opened.stamps()) == ["0.jsonl", "1.jsonl", "2.jsonl"]


def _held(folder: Path, root: Path, ready: object, release: object) -> None:
    def slow(path: Path) -> IndexedRun:
        ready.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]
        return indexed(int(path.stem))

    Index(folder=folder, read=slow, say=print).select(root, LATENCY)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs a lock of files"
)
def test_a_second_process_waits_for_the_first_and_reads_nothing_twice(runs, folder):
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=_held, args=(folder, runs.root, ready, release))
    other.start()
    try:
        assert ready.wait(60)
        said: list[str] = []

        def say(text: str) -> None:
            said.append(text)
            release.set()

        index = Index(folder=folder, read=runs.reader, say=say)
        selection = index.select(runs.root, LATENCY)
    finally:
        release.set()
        other.join(60)
    assert other.exitcode == 0
    assert "waiting for another process" in said[0]
    assert runs.read == []
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]
