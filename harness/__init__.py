"""Measure inference of zoo networks on several runtimes, against their parameter count."""

from importlib.util import find_spec
from pathlib import Path

_zoo = find_spec("model_zoo")
_found = (
    [Path(place).resolve() for place in (_zoo.submodule_search_locations or [])] if _zoo else []
)
_expected = Path(__file__).resolve().parent.parent / "model_zoo"
if _found[:1] != [_expected]:
    raise ImportError(
        f"the folder {_found[0] if _found else None} shadows scalecurve's package 'model_zoo', "
        f"expected at {_expected}; start from another folder, or take it off PYTHONPATH"
    )
