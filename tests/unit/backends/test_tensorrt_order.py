from __future__ import annotations

from dataclasses import replace

import pytest

from harness.backends.tensorrt_order import Order

ORDER = Order(
    flavour="tensorrt",
    version="10.13",
    artifact_digest="a",
    precision="fp32",
    sm=89,
    gpu="RTX 4090",
    batch_size=1,
    options=(("batch", "fixed"), ("tf32", "0")),
)


@pytest.mark.parametrize(
    "other",
    [
        replace(ORDER, flavour="tensorrt-rtx"),
        replace(ORDER, version="10.14"),
        replace(ORDER, artifact_digest="b"),
        replace(ORDER, precision="fp16"),
        replace(ORDER, sm=120),
        replace(ORDER, gpu="L40S"),
        replace(ORDER, batch_size=8),
        replace(ORDER, options=(("batch", "fixed"), ("tf32", "1"))),
    ],
)
def test_whatever_an_engine_depends_on_makes_another_engine(other):
    assert other.digest != ORDER.digest
    assert replace(other) == other
    assert replace(other).digest == other.digest


def test_times_of_kernels_depend_on_library_and_gpu_alone():
    assert replace(ORDER, artifact_digest="b", batch_size=8).kernels_digest == ORDER.kernels_digest
    assert replace(ORDER, version="11.0").kernels_digest != ORDER.kernels_digest
    assert replace(ORDER, gpu="L40S").kernels_digest != ORDER.kernels_digest


@pytest.mark.parametrize(
    ("kind", "size", "largest"), [("fixed", 8, 8), ("dynamic", 8, 64), ("dynamic", 128, 128)]
)
def test_an_engine_serves_its_batch_or_up_to_a_larger_one(kind, size, largest):
    order = replace(ORDER, batch_size=size, options=(("batch", kind),))
    assert order.largest_batch == largest
    assert order.is_dynamic == (kind == "dynamic")
    assert order.option("tf32") == ""
