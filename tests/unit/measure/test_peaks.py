from dataclasses import dataclass

import pytest

from harness.measure.peaks import Patience, Work, best_rates

FP32, FP16 = ("gemm", "fp32", "torch"), ("gemm", "fp16", "torch")
BYTES, LAUNCH = ("bandwidth", "64", "sum"), ("launch", "", "torch")
QUICK = Patience(visits=3, seconds=1e-6, longest=1.0)


@dataclass
class Device:
    """A clock that only work moves; each call takes the next of its durations, again and again."""

    now: int = 0
    calls: int = 0

    def clock(self) -> int:
        return self.now

    def work(self, name, amount, durations_ns):
        state = {"place": 0}

        def call():
            self.calls += 1
            self.now += durations_ns[state["place"] % len(durations_ns)]
            state["place"] += 1

        return Work(name=name, amount=amount, call=call)


def test_the_rate_is_that_of_the_fastest_single_call():
    device = Device()
    work = device.work(FP32, 1000.0, [500, 400, 200, 800])
    assert best_rates([work], QUICK, device.clock)[FP32] == pytest.approx(1000 / 200e-9)


def test_the_first_call_of_a_visit_only_warms_up():
    device = Device()
    work = device.work(FP32, 1.0, [100, 300, 300, 300])
    rates = best_rates([work], Patience(visits=1, seconds=1e-9), device.clock)
    assert rates[FP32] == pytest.approx(1 / 300e-9)


def test_of_works_of_one_name_the_best_counts():
    device = Device()
    works = [device.work(BYTES, 64.0, [ns]) for ns in (40, 20, 30)]
    assert best_rates(works, QUICK, device.clock)[BYTES] == pytest.approx(64 / 20e-9)


def test_works_are_visited_in_turn_so_that_a_slow_episode_spoils_no_work_alone():
    seen = []
    device = Device()

    def noted(name):
        work = device.work((name, "", ""), 1.0, [1000])

        def call():
            seen.append(name)
            work.call()

        return Work(name=work.name, amount=1.0, call=call)

    best_rates([noted("a"), noted("b")], Patience(visits=2, seconds=1e-9), device.clock)
    assert [name for name, before in zip(seen, [None, *seen], strict=False) if name != before] == [
        "a",
        "b",
        "a",
        "b",
    ]


def test_a_work_that_takes_too_long_is_called_once_and_not_visited_again():
    device = Device()
    slow = device.work(FP16, 8.0, [2_000_000_000])
    rates = best_rates([slow], QUICK, device.clock)
    assert rates[FP16] == pytest.approx(4.0)
    assert device.calls == 1


def test_a_clock_that_does_not_move_gives_a_rate_and_no_error():
    device = Device()
    work = device.work(LAUNCH, 1.0, [0, 0, 0, 5])
    found = best_rates([work], Patience(visits=1, seconds=0.0), device.clock)
    assert 0 < found[LAUNCH] < float("inf")


def test_a_visit_lasts_as_long_as_it_is_asked_to():
    device = Device()
    work = device.work(FP32, 1.0, [1000])
    best_rates([work], Patience(visits=1, seconds=20e-6), device.clock)
    assert device.calls == 20


def test_sizes_beyond_one_that_takes_too_long_are_not_tried():
    device = Device()
    works = [device.work(FP16, amount, [ns]) for amount, ns in ((1.0, 2 * 10**9), (8.0, 10**10))]
    best_rates(works, QUICK, device.clock)
    assert device.calls == 1
