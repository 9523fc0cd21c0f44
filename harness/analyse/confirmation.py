"""What fresh rounds of the flagged cases say; the spread is still shared across all cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.analyse.compare.compare import compare_effects, compare_measured
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.decide import Floors
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.measured import Again, Key, Measured
from harness.analyse.compare.settings import Settings
from harness.analyse.gate import Confirmation, cost_change, flagged
from harness.analyse.pairs import effects_of_pairs
from harness.core.comparison import Comparison, Effect, Verdict
from harness.core.run import QuietLevel, Run
from harness.statistics.false_discovery import adjusted


def confirmed(
    sides: tuple[Measured, Measured],
    fresh: Measured,
    again: Again,
    compared: Compared,
    floors: Floors,
) -> Confirmation:
    """Hold fresh rounds against the baseline.

    The candidate's values of what was flagged are replaced by those of the fresh rounds, and
    everything is compared anew: a few cases alone would know too little of the spread.

    Args:
        sides: The baseline, and what raised the flags.
        fresh: The flagged cases, measured again.
        again: Reduces one of the three once more, against another quiet level.
        compared: With the flags.
        floors: By case id and metric.
    """
    base, candidate = sides
    keys = frozenset(key_of(one) for one in flagged(compared))

    def merged_again(run: Measured, level: QuietLevel) -> Measured:
        if run.path == candidate.path:
            return with_fresh(again(candidate, level), again(fresh, level), keys)
        return again(run, level)

    merged = with_fresh(candidate, fresh, keys)
    told = compare_measured(([base], [merged]), merged_again, floors, compared.settings)
    alone = compare_measured(([base], [fresh]), again, floors, compared.settings)
    return _confirmation(told, keys, alone, fresh.path)


def confirmed_pairs(candidate: Run, fresh: Run, compared: Compared) -> Confirmation:
    """Hold fresh pairs against the flags of an A/B run; see `confirmed`."""
    if _versions(candidate) != _versions(fresh):
        return Confirmation(obstacle="an interpreter has other packages now", path=fresh.path)
    settings = compared.settings
    keys = frozenset(key_of(one) for one in flagged(compared))
    new = {
        (one.case.id, one.metric): one
        for one in effects_of_pairs(fresh, settings)
        if isinstance(one, Effect)
    }
    kept = [
        new.get((one.case.id, one.metric)) if (one.case.id, one.metric) in keys else one
        for one in effects_of_pairs(candidate, settings)
    ]
    found: list[Effect | Missing] = [one for one in kept if one is not None]
    told = compare_effects(found, {}, settings)
    moved = compare_effects(effects_of_pairs(fresh, settings), {}, settings)
    return _confirmation(told, keys, moved, fresh.path)


def key_of(one: Comparison) -> Key:
    """Name a comparison."""
    return one.case.id, one.metric


def with_fresh(old: Measured, new: Measured, keys: frozenset[Key]) -> Measured:
    """Put fresh values in the place of old ones; a key without a fresh value has none."""
    values = {key: found for key, found in old.values.items() if key not in keys}
    reasons = {key: found for key, found in old.reasons.items() if key not in keys}
    return replace(
        old,
        values={**values, **{key: new.values[key] for key in keys if key in new.values}},
        reasons={**reasons, **{key: new.reasons[key] for key in keys if key in new.reasons}},
    )


def among_themselves(found: Sequence[Comparison], settings: Settings) -> list[Comparison]:
    """Adjust p-values for the flagged cases alone: fresh rounds ask of them, and of no others.

    Their data are new, so that this keeps the share of false alarms, and loses less power than an
    adjustment for every case that was never in question.
    """
    tested = [one for one in found if one.p_value is not None and one.p_adjusted is not None]
    slower = np.array([_p_slower(one) for one in tested])
    told = {
        key_of(one): _judged(one, float(p_adjusted), settings)
        for one, p_adjusted in zip(tested, adjusted(slower), strict=True)
    }
    return [told.get(key_of(one), one) for one in found]


def _p_slower(one: Comparison) -> float:
    """Return that it is chance that it costs more; certain where it costs less."""
    return one.p_value if one.p_value is not None and cost_change(one) >= 0 else 1.0


def _judged(one: Comparison, p_adjusted: float, settings: Settings) -> Comparison:
    if p_adjusted <= settings.false_discovery:
        return replace(one, verdict=Verdict.SLOWER, p_adjusted=p_adjusted, rounds_needed=None)
    if one.verdict is Verdict.SLOWER:
        return replace(one, verdict=Verdict.INCONCLUSIVE, p_adjusted=p_adjusted)
    return one


def _versions(run: Run) -> list[Mapping[str, str]]:
    sides = (run.header.environment, run.header.candidate)
    return [dict(side.versions) for side in sides if side is not None]


def _confirmation(
    told: Compared, keys: frozenset[Key], fresh_alone: Compared, path: str
) -> Confirmation:
    again = [one for one in told.comparisons if key_of(one) in keys and one.ratio is not None]
    return Confirmation(
        fresh={key_of(one): one for one in among_themselves(again, told.settings)},
        moved=fresh_alone.control.sentence if fresh_alone.proven is False else "",
        path=path,
    )
