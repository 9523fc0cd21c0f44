"""A network of the user's own: why some functions cannot be measured, and how to write them."""

from __future__ import annotations

from typing import Final

from harness.core.errors import UsageError

_REWRITE: Final = """\
It is measured in processes of its own, which import it by name. Put it into a module:

    # networks.py
    def {name}():
        network = ...              # a torch.nn.Module
        return network, (inputs,)  # and example inputs, the batch first

    # test_networks.py
    def test_{name}(inference):
        inference.network("networks:{name}")"""


def reference_of(factory: object) -> str:
    """Return `package.module:factory` of a function, or of a text that is that already.

    Raises:
        UsageError: a process of its own could not import it; the message shows the rewrite.
    """
    if isinstance(factory, str):
        return factory
    module, name = getattr(factory, "__module__", None), getattr(factory, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)):
        raise UsageError(_told(f"{type(factory).__name__} object", "factory", "has no name"))
    plain = name.rpartition(".")[2]
    if "<lambda>" in name:
        raise UsageError(_told("a lambda", "network", "has no name"))
    if "<locals>" in name:
        raise UsageError(_told(f"{plain!r}", plain, "is made inside another function"))
    if module == "__main__":
        raise UsageError(_told(f"{plain!r}", plain, "is part of the program that was started"))
    return f"{module}:{name}"


def _told(what: str, name: str, why: str) -> str:
    return f"{what} {why}.\n{_REWRITE.format(name=name)}"
