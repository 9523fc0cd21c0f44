"""What a runtime must offer to be measured."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from harness.core.case import Target
from harness.core.reason import Reason
from model_zoo.export.artifact import Artifact

Arrays = tuple[NDArray[Any], ...]
"""Tensors on the host, each (batch, ...), in the order of the network's signature."""


class PreparedModel(Protocol):
    """A network ready to run on one target, its inputs already on the device."""

    @property
    def asynchronous(self) -> bool:
        """Whether `run` may return before the pass has ended; else `synchronize` does nothing."""
        ...

    def bind(self, inputs: Arrays) -> None:
        """Put these inputs on the device; every later `run` takes them."""
        ...

    def run(self) -> None:
        """Do one forward pass on the bound inputs; takes no argument and converts nothing."""
        ...

    def run_with_transfers(self) -> None:
        """Copy the bound inputs to the device, run, and copy the outputs back, to the end."""
        ...

    def synchronize(self) -> None:
        """Wait until every pass that was started has ended."""
        ...

    def outputs(self) -> Arrays:
        """Return copies of the last pass's outputs, on the host."""
        ...

    def effective(self) -> Mapping[str, str]:
        """Return the settings in effect, as read back from the runtime.

        What has no getter is proven by behaviour, or ends in ` (asked, not verified)`.
        """
        ...

    def device_time_ns(self) -> int | None:
        """Run once and return its time by the device's events; None where there are none."""
        ...


class Backend(Protocol):
    """A runtime: it turns an artifact into something that can be run."""

    def availability(self, target: Target) -> Reason | None:
        """Say why `target` cannot be served here; None where it can.

        May initialise the device: call it in a process that forks no more.
        """
        ...

    def preload(self) -> None:
        """Import all that `prepare` needs, and start no thread: servers call this before forking.

        Raises:
            Unavailable: the runtime is not installed.
        """
        ...

    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> AbstractContextManager[PreparedModel]:
        """Load `artifact` for `target`; the device is released when the context ends.

        Raises:
            Unavailable: the package, device, precision or option is missing here.
            PreparationError: the runtime refused the network, or did not apply a setting.
        """
        ...


@runtime_checkable
class Compiler(Protocol):
    """A backend whose runtime compiles a network into a file before any process can load it."""

    def build(self, artifact: Artifact, target: Target, batch_size: int) -> int:
        """Compile what `prepare` loads, where that is not done yet.

        Returns:
            How long the compiler took, whenever that was, in ns.

        Raises:
            Unavailable: the package, device, precision or option is missing here.
            PreparationError: the runtime refused the network, or did not apply a setting.
        """
        ...
