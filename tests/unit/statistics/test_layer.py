import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
STATISTICS = ROOT / "harness" / "statistics"
PROBE = """
import importlib, sys
for name in {names!r}:
    importlib.import_module("harness.statistics." + name)
print(",".join(sorted({{module.partition(".")[0] for module in sys.modules}})))
print(",".join(sorted(module for module in sys.modules if module.startswith("harness."))))
"""


def test_statistics_import_nothing_but_numpy_and_the_standard_library():
    names = sorted(file.stem for file in STATISTICS.glob("*.py") if file.stem != "__init__")
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(names=names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    packages, ours = (line.split(",") for line in done.stdout.splitlines())
    assert "numpy" in packages
    assert not {"scipy", "torch", "onnxruntime", "model_zoo"} & set(packages)
    assert {name.split(".")[1] for name in ours} == {"statistics"}
