"""Every error the harness raises on purpose.

HarnessError
├── UsageError          what was asked for does not exist: nothing was run
├── Unavailable         this machine lacks the device, package or permission: the case is skipped
├── PreparationError    a runtime refused the network: the case failed
├── VerificationError   outputs are wrong: the case failed, its timings are void
├── WorkerDied          the measuring process ended without an answer: the case failed
├── StoreError          a run file could not be read or written
└── NotComparable       what should be held against each other was measured under other conditions
"""

from __future__ import annotations

from harness.core.reason import Reason, ReasonCode


class HarnessError(Exception):
    """Base of the errors that a caller may want to catch."""


class UsageError(HarnessError):
    """What was asked for does not exist; the message lists what does."""


class StoreError(HarnessError):
    """A run file could not be read or written; the message names file and line."""


class NotComparable(HarnessError):  # noqa: N818 - a property of two runs, not a mistake
    """Two runs differ in a hard key, or there is no baseline; the message names what differs."""


class _ReasonedError(HarnessError):
    """An error that ends one case, and says why in the words of the closed list."""

    def __init__(self, code: ReasonCode, detail: str, hint: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.reason = Reason(code=code, detail=detail, hint=hint)


class Unavailable(_ReasonedError):  # noqa: N818 - a state of the machine, not a mistake
    """This machine cannot do what was asked."""


class PreparationError(_ReasonedError):
    """A runtime refused the network, or did not apply a setting."""


class VerificationError(_ReasonedError):
    """A backend's outputs are not the network's."""


class WorkerDied(_ReasonedError):  # noqa: N818 - what happened, in the field's own words
    """The measuring process crashed, hung, or left without an answer."""
