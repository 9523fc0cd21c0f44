"""Two sides for the tests of A/B runs: interpreters, checkouts, short runs of pairs."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import psutil

from harness.backends.fake import PLANTED
from harness.run.ab import measure
from harness.store.read import read_run
from tests.integration.runs import short_plan

FLAGS = ["--family=mlp", "--params=1e4", "--backend=fake", "--option=fake.work_us=50"]


def python_with(folder: Path, **options: str) -> str:
    """Make an interpreter of which the fake runtime has these options, whatever is asked for."""
    planted = ",".join(f"{name}={value}" for name, value in options.items())
    path = folder / f"python-{len(list(folder.iterdir()))}"
    path.write_text(
        f'#!/bin/sh\nexport {PLANTED}="{planted}"\nexec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def run_pairs(cases, sides, places, listener, **plan):
    short = short_plan(**{"rounds": 2, "seconds": 0.3, **plan})
    run = read_run(measure(tuple(cases), short, sides, ["test"], places, listener))
    assert run.end is not None
    return run


def of(run, case, number=1):
    """Return the trials of one pair by side."""
    chosen = [t for t in run.trials if t.case_id == case.id and t.round == number]
    return {trial.side: trial for trial in chosen}


def no_process_is_left() -> bool:
    children = psutil.Process().children(recursive=True)
    return not [child for child in children if "harness.run." in " ".join(child.cmdline())]


def checkout(folder, layers) -> str:
    """Make a checkout with an interpreter, and a network of its own."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (folder / "ab_nets.py").write_text(
        "import torch\n"
        "def make():\n"
        f"    layers = [torch.nn.Linear(32, 32) for _ in range({layers})]\n"
        "    return torch.nn.Sequential(*layers), torch.randn(1, 32)\n",
        encoding="utf-8",
    )
    return str(folder)
