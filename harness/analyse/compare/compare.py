"""Two sets of runs, or effects that were measured side by side, compared."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.compare.compared import Compared
from harness.analyse.compare.decide import Floors
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import Settings
from harness.core.comparison import Effect
from harness.core.run import Run


def compare(
    base: Sequence[Run], candidate: Sequence[Run], floors: Floors, settings: Settings
) -> Compared:
    """Compare two sets of runs, each of at least one.

    Raises:
        NotComparable: a hard key differs that `settings.across` does not name, or the quiet states
            were told by different probes.
    """
    raise NotImplementedError


def compare_effects(
    found: Sequence[Effect | Missing], floors: Floors, settings: Settings
) -> Compared:
    """Compare by effects that were measured side by side, those of control cases among them."""
    raise NotImplementedError
