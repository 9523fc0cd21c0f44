from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness.backends.settings import (
    Option,
    chosen,
    denormals,
    refuse_options,
    require_applied,
    thread_count,
    unverified,
)
from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

OPTIONS = (Option("arena", ("1", "0")), Option("level", ("all", "basic")))


def test_an_option_takes_its_first_value_where_the_target_is_silent():
    target = Target(backend="x", options=(("level", "basic"),))
    assert chosen(target, OPTIONS) == {"arena": "1", "level": "basic"}
    assert refuse_options(target, OPTIONS) is None


@pytest.mark.parametrize(
    ("options", "named"),
    [((("colour", "red"),), "arena, level"), ((("level", "most"),), "all, basic")],
)
def test_a_refused_option_names_those_there_are(options, named):
    reason = refuse_options(Target(backend="x", options=options), OPTIONS)
    assert reason is not None
    assert reason.code is ReasonCode.OPTION_UNSUPPORTED
    assert named in reason.detail


def test_a_backend_without_options_says_so():
    reason = refuse_options(Target(backend="x", options=(("a", "1"),)), ())
    assert reason is not None
    assert "none" in reason.detail


def test_a_setting_that_is_not_in_effect_is_named_with_both_values():
    require_applied({"threads": "2"}, {"threads": "2", "more": "x"})
    with pytest.raises(PreparationError, match="threads is 1, asked for 2") as caught:
        require_applied({"threads": "2"}, {"threads": "1"})
    assert caught.value.reason.code is ReasonCode.SETTING_NOT_APPLIED
    with pytest.raises(PreparationError, match="not known"):
        require_applied({"threads": "2"}, {})


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc on this platform")
def test_a_thread_that_starts_is_counted():
    before = thread_count()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert before is not None
        assert thread_count() == before + 1
    finally:
        release.set()
        thread.join()


def test_no_thread_is_counted_where_the_platform_does_not_say(tmp_path):
    assert thread_count(tmp_path / "task") is None


def test_small_numbers_are_kept_until_the_processor_is_told_to_flush_them():
    torch = pytest.importorskip("torch")
    assert denormals() == "kept"
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush small numbers")
    try:
        assert denormals() == "flushed"
    finally:
        torch.set_flush_denormal(False)


def test_what_was_only_asked_for_says_so():
    assert unverified(4) == "4 (asked, not verified)"
