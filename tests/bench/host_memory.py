"""Peak of a known allocation with a spike of 10 ms, by the memory pass, in fresh processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.bench.ballast import MIB
from tests.bench.child import ask
from tests.bench.row import Row, Setting

_SIZES: Final = ((64, 64, 64), (256, 64, 64), (64, 256, 64))
"""Of what is kept, of the spike beside it, and of what a run takes, in MiB."""
_PROCESSES: Final = 20
_ERROR: Final = 0.01
_SPREAD: Final = 0.005
_SEEN: Final = 0.9
"""Share of the spike from which it counts as seen."""
_INTERVAL_S: Final = 0.010
"""Of the sampler beside it, which is what is compared with."""

_Found = Sequence[Mapping[str, int]]


def measure(setting: Setting) -> Row:
    """Weigh each allocation in processes of their own; the worst error, misses, and spread."""
    worst, spread, missed, lines = 0.0, 0.0, 0, []
    times = setting.times(_PROCESSES, least=3)
    for sizes in _SIZES:
        found = [_one(sizes) for _ in range(times)]
        error, range_ = _error(found, sizes), _range(found)
        worst, spread = max(worst, error), max(spread, range_)
        missed += sum(not _seen(one["load_peak"], sizes) for one in found)
        lines.append(_line(sizes, found, error, range_))
    figure = f"error {worst:.2%}; spikes missed {missed}; spread {spread:.2%}"
    bound = f"at most {_ERROR:.0%}; none; at most {_SPREAD:.1%}"
    met = worst <= _ERROR and missed == 0 and spread <= _SPREAD
    return Row("host_memory", figure, bound, met, "\n".join(lines))


def _one(sizes: tuple[int, int, int]) -> dict[str, int]:
    found: dict[str, int] = ask("host_memory_one", *(size * MIB for size in sizes), _INTERVAL_S)
    return found


def _truth(sizes: tuple[int, int, int]) -> dict[str, int]:
    kept, spike, work = (size * MIB for size in sizes)
    return {"load_peak": kept + spike, "kept": kept, "run_peak": work}


def _error(found: _Found, sizes: tuple[int, int, int]) -> float:
    truth = _truth(sizes)
    return max(abs(one[name] / size - 1) for one in found for name, size in truth.items())


def _range(found: _Found) -> float:
    """Return the whole range of the peaks over their smallest."""
    peaks = [one["load_peak"] for one in found]
    return max(peaks) / min(peaks) - 1


def _seen(peak: int, sizes: tuple[int, int, int]) -> bool:
    kept, spike, _ = (size * MIB for size in sizes)
    return peak >= kept + _SEEN * spike


def _line(sizes: tuple[int, int, int], found: _Found, error: float, range_: float) -> str:
    sampled = sum(_seen(one["sampled"], sizes) for one in found)
    marked = sum(_seen(one["load_peak"], sizes) for one in found)
    return (
        f"{sizes[0]} MiB kept, {sizes[1]} MiB for 10 ms, {sizes[2]} MiB a run: error {error:.3%}, "
        f"range {range_:.3%}; spike seen by the mark {marked} of {len(found)} times, by a sampler "
        f"every 10 ms {sampled} times"
    )
