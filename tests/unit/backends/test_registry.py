from __future__ import annotations

import pytest

from harness.backends.registry import BACKENDS, entry, load
from harness.core.errors import UsageError


@pytest.mark.parametrize("name", BACKENDS)
def test_every_name_of_the_table_loads_what_the_protocol_asks_for(name):
    backend = load(name)
    assert all(callable(getattr(backend, part)) for part in ("availability", "preload", "prepare"))


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all():
    with pytest.raises(UsageError, match="did you mean onnxruntime"):
        entry("onnxruntme")
    with pytest.raises(UsageError, match="eager, torchscript"):
        load("zzz")
