"""The peaks of one device by torch: `python -m harness.measure.peaks_torch DEVICE THREADS`.

Runs in a process of its own and prints one JSON object.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import torch

from harness.core.peaks import Bandwidth, Peaks
from harness.core.wire import encode
from harness.measure.cores import allowed_cores, pin
from harness.measure.peaks import Name, Patience, Work, best_rates

_MIB: Final = 1 << 20
_PRECISIONS: Final = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_GEMM_SIZES: Final = {"cpu": (384, 768, 1536), "cuda": (2048, 4096, 8192)}
_WORKING_SETS: Final = {
    "cpu": tuple(size << 10 for size in (256, 512, 1024, 4096, 16_384, 65_536, 262_144)),
    "cuda": tuple(size * _MIB for size in (8, 32, 128, 512, 2048)),
}
"""From what a core's own cache holds to what no cache does, in bytes."""
_COLUMNS: Final = 1024
_LAUNCHES: Final = 200
"""Operations of one call, so that reading the clock weighs nothing."""
_QUEUED: Final = {"cpu": 1, "cuda": 10}
"""Calls between two waits: a GPU is kept busy while the next is on its way."""

Wait = Callable[[], object]


def measure_peaks(device: str, threads: int, patience: Patience | None = None) -> Peaks:
    """Measure one device, in a few seconds.

    Args:
        device: `cpu`, or `cuda:<index>`.
        threads: Of torch.
        patience: How long to look.
    """
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False  # fp32 means fp32
    kind = device.partition(":")[0]
    with torch.inference_mode():
        rates = best_rates(list(_works(torch.device(device), kind)), patience)
    best = {(kind, key): max(_ways(rates, kind, key)) for kind, key, _ in rates}
    return Peaks(
        device=device,
        threads=threads,
        gemm={key: rate for (kind, key), rate in best.items() if kind == "gemm"},
        bandwidth=tuple(
            Bandwidth(working_set=int(key), rate=rate)
            for (kind, key), rate in best.items()
            if kind == "bandwidth"
        ),
        launch=1 / best["launch", ""],
        ways={" ".join(filter(None, name)): rate for name, rate in rates.items()},
        by=f"torch {torch.__version__}",
    )


def _ways(rates: Mapping[Name, float], kind: str, key: str) -> list[float]:
    return [rate for name, rate in rates.items() if name[:2] == (kind, key)]


def _works(device: torch.device, kind: str) -> Iterator[Work]:
    wait: Wait = torch.cuda.synchronize if kind == "cuda" else (lambda: None)
    for name, dtype in _PRECISIONS.items():
        for size in _GEMM_SIZES[kind]:
            yield _gemm(name, torch.ones(size, size, dtype=dtype, device=device), wait)
    if kind == "cpu" and torch._C._has_mkldnn:  # noqa: SLF001 - its public name has no types
        yield from map(_gemm_of_onednn, _GEMM_SIZES[kind])
    buffer = torch.ones(max(_WORKING_SETS[kind]) // 4, device=device)
    for size in _WORKING_SETS[kind]:
        yield from _reads(buffer[: size // 4], wait, _QUEUED[kind])
    yield _launch(torch.ones(1, 1, device=device), wait)


def _gemm(precision: str, square: torch.Tensor, wait: Wait) -> Work:
    """Multiply square matrices: 2 n^3 FLOPs."""
    out = torch.empty_like(square)

    def call() -> None:
        torch.mm(square, square, out=out)
        wait()

    return Work(name=("gemm", precision, "mm"), amount=2 * square.shape[0] ** 3, call=call)


def _gemm_of_onednn(size: int) -> Work:
    """Multiply by torch's other library, whose weights lie as it likes them best.

    On some processors it is much faster than what `torch.mm` calls. Source: own measurement; on an
    AMD Zen 5 core 230 GFLOP/s against 110.
    """
    square = torch.ones(size, size).to_mkldnn()
    linear = torch.ops.aten.mkldnn_linear
    return Work(
        name=("gemm", "fp32", "oneDNN"), amount=2 * size**3, call=lambda: linear(square, square)
    )


def _reads(values: torch.Tensor, wait: Wait, queued: int) -> Iterator[Work]:
    """Go through memory in the ways that networks do: read it all, or read half and write half."""
    count = values.numel()
    half = count // 2
    matrix = values.view(-1, _COLUMNS)
    vector, out = values[:_COLUMNS].clone(), torch.empty_like(matrix[:, 0])
    ways: dict[str, Callable[[], object]] = {
        "mv": lambda: torch.mv(matrix, vector, out=out),
        "dot": lambda: torch.dot(values[:half], values[half : 2 * half]),
        "sum": values.sum,
        "copy": lambda: values[:half].copy_(values[half : 2 * half]),
    }
    size = count * values.element_size()
    for name, way in ways.items():

        def call(way: Callable[[], object] = way) -> None:
            for _ in range(queued):
                way()
            wait()

        yield Work(name=("bandwidth", str(size), name), amount=queued * size, call=call)


def _launch(one: torch.Tensor, wait: Wait) -> Work:
    """Do next to nothing: what is left is the cost of asking."""
    out = torch.empty_like(one)

    def call() -> None:
        for _ in range(_LAUNCHES):
            torch.mm(one, one, out=out)
        wait()

    return Work(name=("launch", "", "torch"), amount=_LAUNCHES, call=call)


def main(device: str, threads: int) -> None:
    """Measure, and print what was found."""
    if device == "cpu":
        pin(allowed_cores()[:threads])
    sys.stdout.write(encode(measure_peaks(device, threads)).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
