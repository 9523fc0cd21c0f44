from __future__ import annotations

import pytest

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.fake import FakeMeter


def test_a_fake_reads_what_it_was_told_or_gives_its_reason():
    meter = FakeMeter(iter([3, 5]))
    assert meter.availability() is None
    assert [meter.read(), meter.read()] == [3, 5]
    reason = Reason(code=ReasonCode.NVML_NOT_SUPPORTED, detail="a fake")
    with pytest.raises(Unavailable) as caught:
        FakeMeter(reason=reason).read()
    assert caught.value.reason == reason
