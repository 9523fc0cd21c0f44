"""Targets by name: what is usual is left out."""

from __future__ import annotations

from harness.core.case import Precision, Target
from harness.report.format import plain_text


def target_name(target: Target) -> str:
    """Name a target.

    >>> target_name(Target(backend="eager")), target_name(Target(backend="eager", threads=2))
    ('eager', 'eager, threads 2')
    """
    parts = [target.backend]
    parts += [target.device] if target.device != "cpu" else []
    parts += [str(target.precision)] if target.precision is not Precision.FP32 else []
    parts += [f"threads {target.threads}"] if target.threads > 1 else []
    parts += [f"{name}={value}" for name, value in target.options]
    return ", ".join(map(plain_text, parts))
