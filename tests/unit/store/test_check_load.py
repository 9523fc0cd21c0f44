from dataclasses import replace

import pytest

from harness.core.load import Load, Step, Waits
from harness.store.check import check_trial
from harness.store.fake import FakeMachine, fake_case
from harness.store.line import Line, decode_line, encode_line

LOAD = Load(
    rate=100.0,
    seed=7,
    bound_ns=1_000_000,
    service_ns=1_000,
    due_ns=(0, 10),
    waited_ns=(0, 5),
    served_ns=(3, 3),
    process=(0, 1),
    waits=Waits(margin_ns=1, asleep_ns=2, spun_ns=3),
    steps=(
        Step(
            rate=100.0,
            seed=7,
            queries=2,
            late=0,
            independent=2.0,
            low_ns=None,
            high_ns=None,
            holds=True,
            proven=False,
        ),
    ),
)
TRIAL = replace(FakeMachine().trial(fake_case()), load=LOAD)


def test_a_load_is_read_as_it_was_written():
    assert decode_line(encode_line(Line(trial=TRIAL)).rstrip()).trial == TRIAL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due_ns": (0,)}, r"lengths \[1, 2\]"),
        ({"waited_ns": (0, -5)}, r"load\.waited_ns holds -5"),
        ({"served_ns": (0, 2**63)}, r"load\.served_ns holds"),
        ({"rate": 0.0}, "expected above 0"),
        ({"rate": float("nan")}, "expected above 0"),
        ({"bound_ns": 0}, "bound 0 ns"),
        ({"service_ns": -1}, "service -1 ns"),
    ],
    ids=str,
)
def test_a_load_that_contradicts_itself_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        check_trial(replace(TRIAL, load=replace(LOAD, **change)))
