import pytest

from harness.core.case import Precision, Target
from harness.core.errors import UsageError
from harness.run.variants import varied
from model_zoo.solve import solve

MODEL = solve("mlp", 10**4)
TARGET = Target(backend="eager")


def test_every_network_has_every_variant():
    found = list(varied([(MODEL, 10_000)], ("none", "int8-dynamic", "prune-.50")))
    assert [one.model.variant for one in found] == ["", "int8-dynamic", "prune-0.5"]
    assert {one.nominal for one in found} == {10_000}
    assert all(one.on(TARGET) == TARGET for one in found)


def test_a_precision_is_the_plain_network_at_that_precision():
    [half, single] = varied([(MODEL, 0)], ("bf16", "fp32"))
    assert half.model == single.model == MODEL
    assert half.on(TARGET).precision is Precision.BF16
    assert single.on(TARGET) == TARGET


def test_what_is_no_variant_is_refused():
    with pytest.raises(UsageError, match="variant: no variant 'int9'"):
        list(varied([(MODEL, 0)], ("int9",)))
