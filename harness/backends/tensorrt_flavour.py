"""The two products that have TensorRT's interface, and how each is imported."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from harness.backends.settings import Option
from harness.backends.tensorrt_api import TensorRT
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode

Importer = Callable[[str], Any]
Finder = Callable[[str], ModuleSpec | None]
Loader = Callable[..., object]
"""Opens a shared library by path and `mode`; raises OSError where it does not load."""

TF32: Final = Option("tf32", ("0", "1"))
CUDA_GRAPH: Final = Option("cuda_graph", ("0", "1"))
"""Whether a pass is one launch of a recorded graph; off, so that latency has every launch in it."""
LEVEL: Final = Option("optimization_level", ("3", "0", "1", "2", "4", "5"))
WORKSPACE: Final = Option("workspace_mib", ("unlimited", "64", "256", "1024", "4096", "16384"))
"""Most scratch memory that a kernel may take, in MiB."""
BATCH: Final = Option("batch", ("fixed", "dynamic"))
TIMING_CACHE: Final = Option("timing_cache", ("1", "0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One of the two products."""

    name: str
    modules: tuple[str, ...]
    """Names under which the bindings are installed; the first that is there serves."""
    own_libraries: str = ""
    """Module that brings the libraries, and that the bindings import by themselves."""
    bundle: str = ""
    """Package that holds the libraries where that one is missing."""
    libraries: tuple[str, ...] = ()
    """Names of the bundle's libraries, in the order in which they need each other."""
    options: tuple[Option, ...]
    ahead_of_time: bool = False
    """Whether engines are built for a GPU that is named, which need not be here."""
    hint: str


TENSORRT: Final = Flavour(
    name="tensorrt",
    modules=("tensorrt",),
    options=(BATCH, CUDA_GRAPH, LEVEL, TF32, TIMING_CACHE, WORKSPACE),
    hint="python -m pip install tensorrt, from NVIDIA's index, on a machine with a GPU",
)
FOR_RTX: Final = Flavour(
    name="tensorrt-rtx",
    modules=("tensorrt_rtx", "tensorrt_rtx_bindings"),
    own_libraries="tensorrt_rtx_libs",
    bundle="onnxruntime_ep_nv_tensorrt_rtx",
    libraries=("libcudart", "libtensorrt_rtx", "libtensorrt_onnxparser_rtx"),
    options=(BATCH, CUDA_GRAPH, LEVEL, TF32, WORKSPACE),
    ahead_of_time=True,
    hint=(
        "python -m pip install tensorrt-rtx-cu13-bindings onnxruntime-ep-nv-tensorrt-rtx-cu13, "
        "on a machine with an NVIDIA RTX GPU"
    ),
)
FLAVOURS: Final = {flavour.name: flavour for flavour in (TENSORRT, FOR_RTX)}


def load_bindings(
    flavour: Flavour,
    importer: Importer = import_module,
    find: Finder = find_spec,
    open_library: Loader = ctypes.CDLL,
) -> TensorRT:
    """Import the bindings, their libraries first where a package of another name brings them.

    Raises:
        Unavailable: none are installed, or their library does not load.
    """
    _load_libraries(flavour, find, open_library)
    for name in flavour.modules:
        try:
            module: TensorRT = importer(name)
        except ModuleNotFoundError as error:
            if error.name in {None, name}:
                continue
            raise _broken(flavour, name, error) from error
        except (ImportError, OSError) as error:
            raise _broken(flavour, name, error) from error
        if hasattr(module, "Builder"):  # a folder of stubs alone imports too, and is empty
            return module
    raise Unavailable(
        ReasonCode.BACKEND_NOT_INSTALLED, f"not installed: {_either(flavour.modules)}", flavour.hint
    )


def _load_libraries(flavour: Flavour, find: Finder, open_library: Loader) -> None:
    """Open the bundle's libraries for everybody, so that the bindings find them by name."""
    if not flavour.bundle or find(flavour.own_libraries) is not None:
        return
    found = find(flavour.bundle)  # finds the folder; importing it would write files there
    places = [] if found is None else list(found.submodule_search_locations or ())
    for folder in map(Path, places):
        for name in flavour.libraries:
            for path in sorted(folder.glob(f"{name}.so.*"))[:1]:
                _open(flavour, path, open_library)


def _open(flavour: Flavour, path: Path, open_library: Loader) -> None:
    try:
        open_library(str(path), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise _broken(flavour, path.name, error) from error


def _broken(flavour: Flavour, name: str, error: Exception) -> Unavailable:
    detail = f"the library of the package {name!r} does not load: {error}"
    return Unavailable(ReasonCode.BACKEND_NOT_INSTALLED, detail, flavour.hint)


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"the package {name!r}" for name in names)
