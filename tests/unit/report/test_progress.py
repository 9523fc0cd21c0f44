import io
import threading

import pytest

from harness.report.progress import Display, Progress


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


def test_without_a_terminal_a_line_appears_every_ten_seconds_and_not_for_every_trial(clock):
    stream = io.StringIO()
    progress = Progress(100, stream, clock)
    progress.start()
    for done in range(60):
        progress.step("mlp", done, 100.0 - done)
        clock.now_s += 1
    lines = stream.getvalue().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["0", "10", "20", "30", "40", "50"]


def test_without_a_terminal_a_line_says_what_is_done_what_is_next_and_how_long_it_takes(clock):
    stream = io.StringIO()
    progress = Progress(12, stream, clock)
    progress.start()
    progress.step("mlp-1e6/eager-cpu-fp32-t1/b1", 3, 75.0)
    assert stream.getvalue() == "3 of 12 done  mlp-1e6/eager-cpu-fp32-t1/b1  1 min 15 s left\n"


def test_the_last_trial_always_has_a_line(clock):
    stream = io.StringIO()
    progress = Progress(2, stream, clock)
    progress.start()
    progress.step("a", 1, None)
    progress.step("b", 2, None)
    assert stream.getvalue().splitlines() == ["1 of 2 done  a", "2 of 2 done  b"]


def test_messages_always_have_a_line(clock):
    stream = io.StringIO()
    progress = Progress(2, stream, clock)
    progress.start()
    progress.message("round 1 of 3 is done")
    progress.message("round 2 of 3 is done")
    assert len(stream.getvalue().splitlines()) == 2


def test_a_display_of_an_unknown_number_of_trials_counts_those_done():
    stream = io.StringIO()
    display = Display(stream)
    display.step("a", 4, None)
    display.close()
    assert stream.getvalue() == "4 done  a\n"


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_nothing_is_shown_before_the_start_or_after_the_end(stream):
    progress = Progress(2, stream)
    progress.step("a", 0, None)
    progress.message("b")
    progress.start()
    progress.close()
    shown = stream.getvalue()
    progress.step("a", 1, None)
    progress.message("b")
    progress.close()
    assert stream.getvalue() == shown
    assert "a" not in shown


@pytest.mark.parametrize("total", [None, 10])
def test_a_terminal_shows_the_case_the_count_and_the_time_left(total):
    stream = Terminal()
    progress = Progress(total, stream)
    progress.start()
    progress.step("[red]mlp[/red]", 3, 75.0)
    progress.message("[bold]round 1[/bold]")
    progress.close()
    shown = stream.getvalue()
    assert "[red]mlp[/red]" in shown
    assert "1 min 15 s left" in shown
    assert ("3 of 10 done" if total else "3 done") in shown
    assert "[bold]round 1[/bold]" in shown


def test_a_terminal_gets_no_thread_that_could_disturb_a_measurement():
    before = threading.active_count()
    progress = Progress(3, Terminal())
    progress.start()
    progress.step("a", 1, None)
    assert threading.active_count() == before
    progress.close()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_hostile_name_cannot_steer_the_display(stream):
    progress = Progress(3, stream)
    progress.start()
    progress.step("\x1b[2Jmlp\n", 1, None)
    progress.close()
    assert "\x1b[2J" not in stream.getvalue()


def test_a_total_that_is_learnt_late_is_shown_from_then_on() -> None:
    stream = io.StringIO()
    progress = Progress(None, stream, clock=iter(range(0, 1000, 100)).__next__)
    progress.start()
    progress.step("first", 0, None)
    progress.expect(7)
    progress.step("second", 1, None)
    assert stream.getvalue().splitlines() == ["0 done  first", "1 of 7 done  second"]
