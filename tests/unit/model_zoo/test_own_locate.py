"""A factory is found by its name, and what decides what it makes is known. Needs no torch."""

import os
import sys

import pytest

from model_zoo.own.locate import (
    PATHS_VARIABLE,
    NoSuchFactory,
    find_factory,
    import_paths,
    sources_digest,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder for modules; whatever they leave in this process is undone."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_current_folder_is_importable_and_others_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert import_paths({}) == (str(tmp_path),)
    named = os.pathsep.join(["one", "two"])
    assert import_paths({PATHS_VARIABLE: named}) == ("one", "two")


def test_a_factory_of_a_module_in_a_folder_is_found(folder):
    write(folder, "scal_one.py", "def make():\n    return 7\n")
    assert find_factory("scal_one:make", [str(folder)])() == 7
    assert sys.path[0] == str(folder)


def test_a_factory_may_sit_in_a_class(folder):
    write(
        folder, "scal_two.py", "class Nets:\n    @staticmethod\n    def make():\n        return 8\n"
    )
    assert find_factory("scal_two:Nets.make", [str(folder)])() == 8


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("scal_absent:make", "no module 'scal_absent'"),
        ("scal_pack.absent:make", "no module 'scal_pack.absent'"),
        ("scal_absent.inner:make", "no module 'scal_absent'"),
        ("scal_pack.nets:mak", r"no 'mak'; did you mean make\?"),
        ("scal_pack.nets:zzz", r"no 'zzz'$"),
        ("scal_pack.nets:NUMBER", "of type int; expected a function"),
    ],
)
def test_a_reference_that_names_nothing_says_what_is_there(folder, reference, said):
    write(folder, "scal_pack/__init__.py", "")
    write(folder, "scal_pack/nets.py", "NUMBER = 3\ndef make():\n    return 7\n")
    with pytest.raises(NoSuchFactory, match=said):
        find_factory(reference, [str(folder)])


def test_a_module_that_lacks_another_or_breaks_is_there_all_the_same(folder):
    write(folder, "scal_needy.py", "import scal_absent\n")
    with pytest.raises(ModuleNotFoundError, match="scal_absent"):
        find_factory("scal_needy:make", [str(folder)])
    write(folder, "scal_broken.py", "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        find_factory("scal_broken:make", [str(folder)])


def test_the_digest_follows_the_sources_of_the_factory_and_of_what_lies_beside_it(folder):
    write(folder, "scal_main.py", "import scal_part\ndef make():\n    return scal_part.SIZE\n")
    write(folder, "scal_part.py", "SIZE = 1\n")
    write(folder, "scal_other.py", "never imported\n")
    find_factory("scal_main:make", [str(folder)])
    first = sources_digest("scal_main:make", [str(folder)])
    write(folder, "scal_other.py", "still never imported\n")
    assert sources_digest("scal_main:make", [str(folder)]) == first
    write(folder, "scal_part.py", "SIZE = 2\n")
    second = sources_digest("scal_main:make", [str(folder)])
    assert second != first
    write(folder, "scal_main.py", "import scal_part\ndef make():\n    return 1\n")
    assert sources_digest("scal_main:make", [str(folder)]) != second


def test_installed_packages_are_not_among_the_sources_but_the_factory_s_own_is(folder):
    place = folder / "site-packages"
    place.mkdir()
    write(place, "scal_installed.py", "SIZE = 1\n")
    write(folder, "scal_user.py", "import scal_installed\ndef make():\n    return 1\n")
    find_factory("scal_user:make", [str(folder), str(place)])
    paths = [str(folder)]
    of_user = sources_digest("scal_user:make", paths)
    of_installed = sources_digest("scal_installed:make", paths)
    write(place, "scal_installed.py", "SIZE = 2\n")
    assert sources_digest("scal_user:make", paths) == of_user
    assert sources_digest("scal_installed:make", paths) != of_installed
