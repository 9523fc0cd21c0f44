from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.backends.tensorrt_build import build
from harness.backends.tensorrt_order import Order
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from tests.fake_tensorrt import FakeTensorRT, Flag, Pool

CONTENT = {
    "inputs": [["x", "FLOAT", [-1, 4]]],
    "outputs": [["y", "FLOAT", [-1, 2]]],
    "layers": [["CONSTANT", {"weights": 12}]],
}
OPTIONS = {
    "batch": "fixed",
    "optimization_level": "3",
    "tf32": "0",
    "timing_cache": "1",
    "workspace_mib": "unlimited",
}
ORDER = Order(
    flavour="tensorrt",
    version="10.13",
    artifact_digest="a",
    precision="fp32",
    sm=89,
    gpu="Fake GPU 0",
    batch_size=8,
    options=tuple(sorted(OPTIONS.items())),
)


def ordered(**options):
    return replace(ORDER, options=tuple(sorted({**OPTIONS, **options}.items())))


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "model.onnx"
    file.write_text(json.dumps(CONTENT), encoding="utf-8")
    return file


def test_an_engine_has_its_batch_its_counts_and_the_time_it_took(path):
    trt = FakeTensorRT()
    built = build(trt, ORDER, path)
    assert json.loads(bytes(built.engine))["inputs"] == [["x", "FLOAT", [8, 4]]]
    assert (built.layers, built.weights) == (1, 12)
    assert (built.inputs, built.outputs) == (("x",), ("y",))
    assert built.build_ns >= 0
    assert built.parse_ns > 0
    assert trt.configs[0].profiles == []


def test_settings_are_what_the_builder_has(path):
    assert build(FakeTensorRT(), ORDER, path).settings == {
        "tf32": "0",
        "optimization_level": "3",
        "workspace_mib": "65536",
        "batches": "8",
        "timing_cache": "1",
    }


def test_options_reach_the_builder_and_are_read_back(path):
    trt = FakeTensorRT()
    order = ordered(tf32="1", optimization_level="5", workspace_mib="256")
    settings = build(trt, order, path).settings
    (config,) = trt.configs
    assert config.flags == {Flag.TF32}
    assert config.level == 5
    assert config.pools == {Pool.WORKSPACE: 256 << 20}
    assert (settings["tf32"], settings["optimization_level"]) == ("1", "5")
    assert settings["workspace_mib"] == "256"


def test_no_flag_of_a_number_format_is_set_because_the_file_says_each_layers(path):
    trt = FakeTensorRT()
    build(trt, replace(ORDER, precision="fp16"), path)
    assert trt.configs[0].flags == set()


def test_a_dynamic_batch_has_kernels_for_the_one_that_is_measured(path):
    trt = FakeTensorRT()
    settings = build(trt, ordered(batch="dynamic"), path).settings
    (profile,) = trt.configs[0].profiles
    assert profile.shapes == {"x": ((1, 4), (8, 4), (64, 4))}
    assert trt.networks[0].inputs[0].shape == (-1, 4)
    assert settings["batches"] == "1 to 64"


def test_a_setting_that_the_library_does_not_keep_fails_with_both_values(path):
    trt = FakeTensorRT()
    trt.level_kept = 2
    with pytest.raises(PreparationError, match="optimization_level is 2, asked for 4") as caught:
        build(trt, ordered(optimization_level="4"), path)
    assert caught.value.reason.code is ReasonCode.SETTING_NOT_APPLIED


def test_a_profile_that_the_library_refuses_fails(path):
    with pytest.raises(PreparationError, match="refused the profile of batches 1 to 64"):
        build(FakeTensorRT(refuses="profile"), ordered(batch="dynamic"), path)


def test_a_network_without_a_kernel_fails_with_the_librarys_reason(path):
    with pytest.raises(PreparationError, match="no engine: no kernel fits"):
        build(FakeTensorRT(refuses="build"), ORDER, path)


def test_times_of_kernels_are_kept_where_that_is_asked_for(path, tmp_path):
    timings = tmp_path / "timing.cache"
    build(FakeTensorRT(), ORDER, path, timings)
    build(FakeTensorRT(), ORDER, path, timings)
    assert timings.read_bytes() == b"+1 build+1 build"


@pytest.mark.parametrize("sm", [89, 120])
def test_rtx_builds_for_a_gpu_that_is_not_here(path, sm):
    trt = FakeTensorRT()
    options = tuple(
        sorted((name, value) for name, value in OPTIONS.items() if name != "timing_cache")
    )
    order = replace(ORDER, flavour="tensorrt-rtx", sm=sm, gpu="", options=options)
    settings = build(trt, order, path).settings
    assert settings["compute_capability"] == f"SM{sm}"
    assert settings["timing_cache"] == "none, by this library"
    assert trt.configs[0].num_compute_capabilities == 1
    assert trt.configs[0].timings is None
