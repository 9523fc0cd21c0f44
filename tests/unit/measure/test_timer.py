from pathlib import Path

from harness.backends.fake import FakeClock
from harness.measure.timer import SleepTimer, VirtualTimer, least_slack


class Platform:
    """A clock that reading moves by 10 ns, and a sleep that is late by as much as it is told."""

    def __init__(self, late_ns: int) -> None:
        self.now_ns = 0
        self.late_ns = late_ns
        self.slept: list[float] = []

    def clock(self) -> int:
        self.now_ns += 10
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ns += round(seconds * 1e9) + self.late_ns


def test_the_margin_is_how_late_the_platform_s_sleep_is():
    platform = Platform(late_ns=70_000)
    timer = SleepTimer.tried(platform.clock, platform.sleep)
    assert 70_000 <= timer.margin_ns <= 70_100


def test_a_platform_that_sleeps_much_too_long_gets_no_endless_margin():
    platform = Platform(late_ns=30_000_000)
    assert SleepTimer.tried(platform.clock, platform.sleep).margin_ns == 500_000


def test_it_sleeps_until_the_margin_then_looks_at_the_clock_and_is_not_late():
    platform = Platform(late_ns=50)
    timer = SleepTimer(margin_ns=100, clock=platform.clock, sleep=platform.sleep)

    now = timer.until(10_000)

    assert 10_000 <= now <= 10_010
    assert platform.slept == [(10_000 - 100 - 10) * 1e-9]
    assert timer.spun_ns <= 100
    assert timer.asleep_ns + timer.spun_ns == now - 10


def test_a_wait_shorter_than_the_margin_is_not_slept():
    platform = Platform(late_ns=50)
    timer = SleepTimer(margin_ns=1_000, clock=platform.clock, sleep=platform.sleep)
    assert timer.until(500) >= 500
    assert platform.slept == []
    assert timer.asleep_ns == 0


def test_a_moment_that_has_passed_is_not_waited_for():
    clock = FakeClock(now_ns=50)
    timer = VirtualTimer(clock)
    assert timer.until(20) == 50
    assert timer.until(80) == 80
    assert timer.asleep_ns == 30


def test_the_kernel_s_slack_can_be_asked_for_anywhere():
    least_slack()
    kept = Path("/proc/self/timerslack_ns")
    assert not kept.exists() or int(kept.read_text()) == 1
