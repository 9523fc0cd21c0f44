"""One NVIDIA board, known by its UUID: its counter of energy, and its power summed up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any, Final

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters.counters import EnergyMeter
from harness.meters.nvml import Nvml, translating

TOTAL: Final = "nvml_total_energy"
INSTANT: Final = "nvml_field_instant_integrated"
USAGE: Final = "nvml_power_usage_integrated"

_POWER_INSTANT: Final = 186
_SCOPE_GPU: Final = 0
"""Source: NVIDIA, nvml.h, `NVML_FI_DEV_POWER_INSTANT` and `NVML_POWER_SCOPE_GPU`."""
_INSTANT_LAG_NS: Final = 100_000_000
"""Boards show the mean of up to the 100 ms before. Source: Yang, Adamek, Armour, Part-time Power
Measurements: nvidia-smi's Lack of Attention (2023)."""
_USAGE_LAG_NS: Final = 1_000_000_000
"""The mean of one second, from Ampere on. Source: NVIDIA, nvml.h, `nvmlDeviceGetPowerUsage`."""
_TOLERATED: Final = 1.25
"""Over the enforced limit of power: what passes for more than a board can take."""
_MIG_ON: Final = 1
_VIRTUAL: Final = frozenset({2, 3, 4})
"""Source: NVIDIA, nvml.h, `NVML_DEVICE_MIG_ENABLE` and `nvmlGpuVirtualizationMode_t`: a virtual GPU
in a guest, and a board that its host splits into such."""
_PREFIXES: Final = ("GPU", "MIG")
_NS_MW_PER_MJ: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Board:
    """A whole GPU."""

    nvml: Nvml
    handle: Any
    uuid: str
    limit_w: float | None = None
    """More cannot be, in W; None where the driver does not say."""

    @classmethod
    def of(cls, nvml: Nvml, handle: Any) -> Board:  # noqa: ANN401 - NVML's own handle
        """Know a board by its handle.

        Raises:
            Unavailable: it is part of a GPU, or shared with other guests.
        """
        _require_whole(nvml, handle)
        with translating(nvml):
            uuid = nvml.nvmlDeviceGetUUID(handle)
        limit = _asked(nvml, lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
        text = uuid.decode("ascii", "replace") if isinstance(uuid, bytes) else str(uuid)
        return cls(nvml, handle, text, _TOLERATED * limit * 1e-3 if limit else None)

    def counters(self, clock: Callable[[], int] = perf_counter_ns) -> tuple[EnergyMeter, ...]:
        """Return what can be read of it, the counter before the power.

        Raises:
            Unavailable: neither can; the reason is the counter's.
        """
        wanted: tuple[EnergyMeter, ...] = (TotalEnergy(self), Instant(self, clock))
        found, reasons = _readable(wanted)
        if not any(meter.is_integrated for meter in found):
            found += _readable((Usage(self, clock),))[0]
        if not found:
            raise Unavailable(reasons[0].code, reasons[0].detail, reasons[0].hint)
        return found


def handle_of(nvml: Nvml, uuid: str) -> Any:  # noqa: ANN401 - NVML's own handle
    """Find a GPU, or a part of one; `uuid` is without the prefix that tells them apart.

    Raises:
        Unavailable: the driver knows none of that identity.
    """
    for prefix in _PREFIXES:
        try:
            with translating(nvml):
                return nvml.nvmlDeviceGetHandleByUUID(f"{prefix}-{uuid}")
        except Unavailable as error:
            if error.reason.code is not ReasonCode.NO_CUDA_DEVICE:
                raise
    detail = f"NVML knows no GPU {uuid}"
    raise Unavailable(ReasonCode.NO_CUDA_DEVICE, detail, "the container hides it from NVML")


def _readable(wanted: tuple[EnergyMeter, ...]) -> tuple[tuple[EnergyMeter, ...], list[Any]]:
    found, reasons = [], []
    for meter in wanted:
        try:
            meter.look()
        except Unavailable as error:
            reasons.append(error.reason)
        else:
            found.append(meter)
    return tuple(found), reasons


def _require_whole(nvml: Nvml, handle: Any) -> None:  # noqa: ANN401 - NVML's own handle
    """Refuse what has no energy of its own.

    Raises:
        Unavailable: an instance of MIG, a board that is split by MIG, or a virtual GPU.
    """
    mode = _asked(nvml, lambda: nvml.nvmlDeviceGetMigMode(handle)[0])
    if _asked(nvml, lambda: nvml.nvmlDeviceIsMigDeviceHandle(handle)) or mode == _MIG_ON:
        detail = "MIG splits this GPU; power is known of the whole board only"
        hint = "measure energy with MIG off, on a board of your own"
        raise Unavailable(ReasonCode.MIG_NO_PER_INSTANCE_POWER, detail, hint)
    if _asked(nvml, lambda: nvml.nvmlDeviceGetVirtualizationMode(handle)) in _VIRTUAL:
        detail = "a virtual GPU, or a board that is split into such: it may serve other guests"
        hint = "measure energy on a GPU of your own, or passed through whole"
        raise Unavailable(ReasonCode.DEVICE_SHARED, detail, hint)


def _asked(nvml: Nvml, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - what NVML answers
    """Return the answer; None where the driver has none."""
    try:
        return question()
    except nvml.NVMLError:
        return None


@dataclass(frozen=True, slots=True)
class TotalEnergy:
    """The board's own counter, since the driver was loaded."""

    board: Board
    domain: Domain = Domain.GPU
    method: str = TOTAL
    unit: str = "mJ"
    modulus: int | None = None
    is_integrated: bool = False
    lag_ns: int = 0

    @property
    def name(self) -> str:
        """UUID of the board."""
        return self.board.uuid

    @property
    def limit_w(self) -> float | None:
        """More cannot be, in W."""
        return self.board.limit_w

    def look(self) -> int:
        """Return the counter, in mJ."""
        return self.read()

    def read(self) -> int:
        """Return the counter, in mJ.

        Raises:
            Unavailable: the board has none, or is lost.
        """
        with translating(self.board.nvml):
            return int(self.board.nvml.nvmlDeviceGetTotalEnergyConsumption(self.board.handle))


@dataclass(slots=True)
class Instant:
    """Power as it is now, held from each reading to the next, and summed up."""

    board: Board
    clock: Callable[[], int] = perf_counter_ns
    """Monotonic, in ns."""
    domain: Domain = Domain.GPU
    method: str = INSTANT
    unit: str = "mJ"
    modulus: int | None = None
    is_integrated: bool = True
    lag_ns: int = _INSTANT_LAG_NS
    spent: int = field(default=0, init=False)
    """In mW times ns."""
    last: tuple[int, int] | None = field(default=None, init=False)
    """Moment in ns and power in mW of the last reading."""

    @property
    def name(self) -> str:
        """UUID of the board."""
        return self.board.uuid

    @property
    def limit_w(self) -> float | None:
        """More cannot be, in W."""
        return self.board.limit_w

    def look(self) -> int:
        """Return the power, in mW.

        Raises:
            Unavailable: the board does not tell it.
        """
        nvml = self.board.nvml
        with translating(nvml):
            asked = [(_POWER_INSTANT, _SCOPE_GPU)]
            (value,) = nvml.nvmlDeviceGetFieldValues(self.board.handle, asked)
            if value.nvmlReturn:  # the call succeeds where any of its fields did
                raise nvml.NVMLError(value.nvmlReturn)
            return int(value.value.uiVal)

    def read(self) -> int:
        """Return what was spent since the first reading, in mJ.

        Raises:
            Unavailable: the board does not tell its power.
        """
        power = self.look()
        now = self.clock()
        if self.last is not None:
            then, held = self.last
            self.spent += held * (now - then)
        self.last = now, power
        return self.spent // _NS_MW_PER_MJ


@dataclass(slots=True)
class Usage(Instant):
    """The mean power of the last second or less, summed up likewise: for want of a better one."""

    method: str = USAGE
    lag_ns: int = _USAGE_LAG_NS

    def look(self) -> int:
        """Return the power, in mW.

        Raises:
            Unavailable: the board does not tell it.
        """
        with translating(self.board.nvml):
            return int(self.board.nvml.nvmlDeviceGetPowerUsage(self.board.handle))
