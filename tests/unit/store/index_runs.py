"""Run files of which an index is made, and who reads them."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.core.errors import StoreError
from harness.store.index import Index
from harness.store.index_row import IndexedRun, IndexedValue, Wanted

LATENCY = Wanted(metrics=("latency_quiet",))


def indexed(number: int, metrics: tuple[str, ...] = ("latency_quiet", "peak_rss")) -> IndexedRun:
    return IndexedRun(
        run_id=f"run-{number}",
        started_at=f"day {number}",
        time=float(number),
        hard_keys={"cpu_model": "Made Up 3000"},
        comparability_key="k",
        versions={"torch": "2.13"},
        values=[
            IndexedValue(
                case_id=f"id-{case}",
                case=f"case-{case}",
                metric=metric,
                value=number + case / 10 + place / 100,
                low=None if number == 0 else number - 1.0,
                high=None if number == 0 else number + 1.0,
                n_trials=3,
            )
            for case in (2, 1)
            for place, metric in enumerate(metrics)
        ],
    )


@dataclass
class Runs:
    """Run files, and who asked for which."""

    root: Path
    read: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def write(self, number: int, text: str = "run") -> Path:
        self.root.mkdir(exist_ok=True)
        path = self.root / f"{number}.jsonl"
        path.write_text(text)
        return path

    def reader(self, path: Path) -> IndexedRun:
        self.read.append(path.name)
        if path.read_text() == "broken":
            raise StoreError(f"{path.name}:1: no whole header")
        return indexed(int(path.name.partition(".")[0]))

    def index(self, folder: Path | None) -> Index:
        return Index(folder=folder, read=self.reader, say=self.said.append)


def database_of(folder: Path) -> Path:
    (path,) = folder.glob("*.duckdb")
    return path
