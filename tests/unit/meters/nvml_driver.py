"""A driver that is none: stands for `pynvml`, and answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

GPU_0 = "GPU-0f2a91c0-7d5e-4b18-9c01-2f6e7a8b9c00"


class NvmlError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"status {value}")
        self.value = value


@dataclass
class Nvml:
    """Stands for pynvml: a function gives its status, or the answer that it was made with."""

    NVMLError = NvmlError
    answers: dict[str, object] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)

    def __getattr__(self, name):
        def answer(*arguments):
            self.events.append(name)
            found = self.answers.get(name, NvmlError(3))
            if isinstance(found, NvmlError):
                raise found
            return found(*arguments) if callable(found) else found

        return answer


def driver(**changes) -> Nvml:
    known: dict[str, object] = {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlDeviceGetCount": 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetUUID": lambda handle: f"{GPU_0[:-1]}{handle}".encode(),
        "nvmlDeviceGetEnforcedPowerLimit": 400_000,
        "nvmlDeviceGetTotalEnergyConsumption": lambda handle: 1_000 + handle,
    }
    return Nvml(known | changes)
