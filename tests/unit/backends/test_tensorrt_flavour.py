from __future__ import annotations

import ctypes
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import pytest

from harness.backends.tensorrt_flavour import FOR_RTX, TENSORRT, load_bindings
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode


def importer(**modules):
    """Import what is given by name; an exception is raised, and every other name is missing."""

    def load(name):
        found = modules.get(name, ModuleNotFoundError(f"No module named {name!r}", name=name))
        if isinstance(found, Exception):
            raise found
        return found

    return load


def nowhere(_name):
    return None


def bindings(version="10.13.0"):
    return SimpleNamespace(Builder=object, __version__=version)


@pytest.mark.parametrize("flavour", [TENSORRT, FOR_RTX], ids=lambda one: one.name)
def test_bindings_that_are_missing_are_named_with_the_way_to_install_them(flavour):
    with pytest.raises(Unavailable) as caught:
        load_bindings(flavour, importer(), nowhere)
    reason = caught.value.reason
    assert reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    assert all(repr(name) in reason.detail for name in flavour.modules)
    assert "pip install" in reason.hint


def test_the_first_name_that_is_there_serves():
    second = bindings()
    found = load_bindings(FOR_RTX, importer(tensorrt_rtx_bindings=second), nowhere)
    assert found is second
    first = bindings()
    both = importer(tensorrt_rtx=first, tensorrt_rtx_bindings=second)
    assert load_bindings(FOR_RTX, both, nowhere) is first


@pytest.mark.parametrize(
    "error",
    [
        OSError("libnvinfer.so.10: no such file"),
        ImportError("libnvinfer.so.10: no such file"),
        ModuleNotFoundError("No module named 'libnvinfer.so.10'", name="libnvinfer.so.10"),
    ],
)
def test_bindings_without_a_library_say_which_library_is_missing(error):
    with pytest.raises(Unavailable, match=r"libnvinfer\.so\.10") as caught:
        load_bindings(TENSORRT, importer(tensorrt=error), nowhere)
    assert caught.value.reason.code is ReasonCode.BACKEND_NOT_INSTALLED


def test_a_folder_of_stubs_is_no_library():
    with pytest.raises(Unavailable, match="not installed"):
        load_bindings(TENSORRT, importer(tensorrt=SimpleNamespace()), nowhere)


class Bundle:
    """A package with the libraries of TensorRT for RTX."""

    def __init__(self, folder, fails=""):
        for name in (
            "libcudart.so.13.4.36",
            "libtensorrt_rtx.so.1.7.1",
            "libtensorrt_onnxparser_rtx.so.1.7.1",
            "libtensorrt_plugins.so",
        ):
            (folder / name).touch()
        self.spec = ModuleSpec(FOR_RTX.bundle, None, is_package=True)
        self.spec.submodule_search_locations = [str(folder)]
        self.fails = fails
        self.opened = []

    def find(self, name):
        return self.spec if name == FOR_RTX.bundle else None

    def open(self, path, mode):
        name = path.rpartition("/")[2]
        if name.startswith(self.fails or "-"):
            raise OSError(f"{path}: not a library")
        self.opened.append((name, mode))


def test_libraries_of_another_package_are_opened_for_all_in_the_order_of_need(tmp_path):
    bundle = Bundle(tmp_path)
    load_bindings(FOR_RTX, importer(tensorrt_rtx_bindings=bindings()), bundle.find, bundle.open)
    assert bundle.opened == [
        ("libcudart.so.13.4.36", ctypes.RTLD_GLOBAL),
        ("libtensorrt_rtx.so.1.7.1", ctypes.RTLD_GLOBAL),
        ("libtensorrt_onnxparser_rtx.so.1.7.1", ctypes.RTLD_GLOBAL),
    ]


def test_a_bundle_whose_library_does_not_load_is_named(tmp_path):
    bundle = Bundle(tmp_path, fails="libtensorrt_rtx")
    with pytest.raises(Unavailable, match=r"libtensorrt_rtx\.so\.1\.7\.1.* does not load"):
        load_bindings(FOR_RTX, importer(tensorrt_rtx_bindings=bindings()), bundle.find, bundle.open)


def test_libraries_that_the_bindings_bring_are_left_to_them(tmp_path):
    bundle = Bundle(tmp_path)
    load_bindings(
        FOR_RTX,
        importer(tensorrt_rtx=bindings()),
        lambda name: ModuleSpec(name, None),
        bundle.open,
    )
    assert bundle.opened == []
