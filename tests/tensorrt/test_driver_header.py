"""The signatures with which the driver's library is called, against NVIDIA's own header."""

from __future__ import annotations

import ctypes
import re
from importlib.metadata import files
from pathlib import Path

import pytest

from harness.backends.cuda_device import SIGNATURES

OLDER = {"cuEventElapsedTime"}
"""Called by the name that drivers before CUDA 12.8 have too; its arguments are the same."""
KINDS = {
    "CUdeviceptr": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "int": ctypes.c_int,
    "CUdevice": ctypes.c_int,
    "CUresult": ctypes.c_int,
    "CUdevice_attribute": ctypes.c_int,
    "CUstreamCaptureMode": ctypes.c_int,
    "unsigned int": ctypes.c_uint,
    "unsigned char": ctypes.c_ubyte,
    "unsigned long long": ctypes.c_uint64,
}
HANDLES = {"CUcontext", "CUstream", "CUevent", "CUgraph", "CUgraphExec"}


@pytest.fixture(scope="module")
def header():
    """Return the text of `cuda.h` from the package nvidia-cuda-runtime."""
    (found,) = [one for one in files("nvidia-cuda-runtime") or () if one.name == "cuda.h"]
    return Path(str(found.locate())).read_text(encoding="utf-8")


def declared(header, name):
    """Return the types of a function's arguments, from its first declaration."""
    match = re.search(rf"^CUresult CUDAAPI {name}\(([^)]*)\);", header, re.MULTILINE)
    assert match, name
    return [] if match[1] == "void" else [kind(part) for part in match[1].split(",")]


def kind(argument):
    """Return how ctypes passes an argument: pointers and handles are one machine word."""
    words = argument.replace("const ", "").strip()
    if "*" in words:
        return ctypes.c_void_p
    name = words.rpartition(" ")[0]
    return ctypes.c_void_p if name in HANDLES else KINDS[name]


def passed(one):
    is_pointer = one in {ctypes.c_void_p, ctypes.c_char_p} or hasattr(one, "contents")
    return ctypes.c_void_p if is_pointer else one


def linked(header):
    """Return, by the name that programs are linked with, the name that is declared."""
    aliases = re.findall(
        r"^\s*#\s*define (cu\w+)\s+(?:__CUDA_API_PTSZ\()?(cu\w+)", header, re.MULTILINE
    )
    return {symbol: name for name, symbol in reversed(aliases)}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_function_takes_what_the_header_says(name, header):
    assert [passed(one) for one in SIGNATURES[name]] == declared(
        header, linked(header).get(name, name)
    )


@pytest.mark.parametrize("name", sorted(set(SIGNATURES) - OLDER))
def test_a_function_is_called_by_the_name_under_which_the_header_links_it(name, header):
    names = linked(header)
    declared_as = names.get(name, name)
    assert [symbol for symbol, one in names.items() if one == declared_as] in ([], [name])
