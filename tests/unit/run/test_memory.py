"""How many memory passes run at once."""

from __future__ import annotations

from dataclasses import replace

from harness.run.memory import _width
from tests.bench.ballast import ballast_task


def test_passes_on_a_gpu_run_one_at_a_time_and_others_as_many_as_fit():
    small, gpu = ballast_task(1), ballast_task(1, "cuda:0")
    assert _width([gpu, gpu, gpu]) == 1
    assert _width([small, small, gpu]) == 1
    assert _width([small]) == 1
    assert _width([small, small]) in {1, 2}
    assert _width([replace(small, lower_bound=10**15)] * 2) == 1
