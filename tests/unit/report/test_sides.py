from __future__ import annotations

from dataclasses import replace

from harness.report.sides import differing, sides_lines
from harness.store.fake import fake_case, fake_header

HEADER = fake_header((fake_case(),))
BASE = replace(
    HEADER.environment,
    system={"python": "CPython 3.11.1", "executable": "/a/bin/python"},
    versions={"onnxruntime": "1.30.0", "numpy": "2.0"},
    source={"commit": "0123456789abcdef"},
)
NEWER = replace(
    BASE,
    system={"python": "CPython 3.12.0", "executable": "/b/bin/python"},
    versions={"onnxruntime": "1.31.0", "numpy": "2.0", "torch": "2.13"},
    source={},
)


def test_every_difference_of_the_software_is_named_and_nothing_that_is_equal():
    assert differing(BASE, NEWER) == {
        "commit": ("0123456789ab", "none"),
        "onnxruntime": ("1.30.0", "1.31.0"),
        "python": ("CPython 3.11.1", "CPython 3.12.0"),
        "torch": ("none", "2.13"),
    }
    assert not differing(BASE, BASE)


def test_both_sides_are_named_and_what_they_differ_in():
    lines = sides_lines(replace(HEADER, environment=BASE, candidate=NEWER))
    assert lines[0] == "base: CPython 3.11.1, /a/bin/python"
    assert lines[1] == "candidate: CPython 3.12.0, /b/bin/python"
    assert "onnxruntime 1.30.0 -> 1.31.0" in lines[2]


def test_equal_sides_are_said_to_be_equal():
    lines = sides_lines(replace(HEADER, environment=BASE, candidate=BASE))
    assert lines[2] == "differ in: no version that can move a number"


def test_a_run_of_one_side_has_nothing_to_say():
    assert sides_lines(HEADER) == ()
