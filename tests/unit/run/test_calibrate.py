import pytest

from harness.core.errors import UsageError
from harness.run.calibrate import equal_runs
from harness.run.plan import make_plan
from harness.run.start import Places
from harness.store.read import read_run

PLAN = make_plan(
    {
        "family": "mlp",
        "params": "1e4",
        "backend": "fake",
        "options": "fake.work_us=50",
        "rounds": 1,
        "seconds": 0.02,
        "memory": False,
    }
)


class Listener:
    def __init__(self):
        self.told = []

    def expect(self, total):
        pass

    def step(self, label, done, seconds_left):
        pass

    def message(self, text):
        self.told.append(text)


def test_equal_runs_are_whole_runs_that_differ_in_the_order_of_their_cases_alone(tmp_path):
    places = Places(out=tmp_path / "out", cache=tmp_path / "cache", state=tmp_path / "state")
    listener = Listener()
    paths = list(equal_runs(PLAN, 2, ["scalecurve", "calibrate"], places, listener))
    first, second = map(read_run, paths)
    assert len(set(paths)) == 2
    assert first.end is not None
    assert second.end is not None
    assert [run.header.seed for run in (first, second)] == [0, 1]
    assert first.header.cases == second.header.cases
    assert first.header.command == ("scalecurve", "calibrate")
    assert [text for text in listener.told if "run" in text] == ["run 1 of 2", "run 2 of 2"]


def test_one_run_makes_no_pair(tmp_path):
    places = Places(out=tmp_path, cache=tmp_path, state=tmp_path)
    with pytest.raises(UsageError, match="--runs 1"):
        next(equal_runs(PLAN, 1, [], places, Listener()))
