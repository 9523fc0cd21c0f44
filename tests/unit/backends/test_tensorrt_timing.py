from __future__ import annotations

import pytest

from harness.backends.tensorrt_timing import timing_cache
from tests.fake_tensorrt import Config, FakeTensorRT, Timings


@pytest.fixture
def config():
    return Config(FakeTensorRT())


def test_times_that_were_stored_are_given_to_the_build_and_what_it_adds_is_stored(config, tmp_path):
    path = tmp_path / "timing.cache"
    path.write_bytes(b"older")
    with timing_cache(config, path):
        assert config.timings.stored == b"older"
        assert config.ignored_mismatch is False
        config.timings = Timings(b"older and newer")
    assert path.read_bytes() == b"older and newer"
    assert [one.name for one in tmp_path.iterdir() if "partial" in one.name] == []


def test_the_first_build_begins_with_none(config, tmp_path):
    with timing_cache(config, tmp_path / "timing.cache"):
        assert config.timings.stored == b""
    assert (tmp_path / "timing.cache").read_bytes() == b""


def test_times_that_the_library_refuses_are_begun_anew(config, tmp_path):
    path = tmp_path / "timing.cache"
    path.write_bytes(b"of another version")
    with timing_cache(config, path):
        assert config.timings.stored == b""


def test_a_build_that_fails_leaves_the_stored_times_alone(config, tmp_path):
    path = tmp_path / "timing.cache"
    path.write_bytes(b"older")

    def fail():
        with timing_cache(config, path):
            config.timings = Timings(b"half")
            raise ValueError("build failed")

    with pytest.raises(ValueError, match="build failed"):
        fail()
    assert path.read_bytes() == b"older"
