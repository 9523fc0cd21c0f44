from itertools import islice

import pytest

from harness.statistics.stopping import checkpoints


def test_checkpoints_double_from_fifty():
    assert list(islice(checkpoints(), 5)) == [50, 100, 200, 400, 800]


def test_checkpoints_start_where_they_are_told():
    assert list(islice(checkpoints(first=8), 3)) == [8, 16, 32]


def test_a_first_checkpoint_before_the_first_sample_is_refused_at_once():
    with pytest.raises(ValueError, match="at least 1"):
        checkpoints(first=0)
