"""The answer of a gate as OpenMetrics text, for dashboards.

Source: OpenMetrics 1.0, sections 'ABNF' and 'Unit': a family's name ends in its unit, samples of a
family stand together, and the last line is `# EOF`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.analyse.gate import Finding, Gate, Standing
from harness.core.case import Case
from harness.core.comparison import Ratio
from harness.core.metric import METRICS
from harness.core.record import Record
from harness.report.finding import WORDS

_PREFIX: Final = "scalecurve_gate"
_LONGEST: Final = 400
"""Characters of a label's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """A metric of OpenMetrics."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]
    unit: str = ""


def openmetrics(gate: Gate, told: Sequence[Record] = ()) -> str:
    """Write every figure of a gate, and what the candidate costs; what is not known has no sample.

    Args:
        gate: The answer.
        told: The candidate's records; control cases are left out.
    """
    families = (*_families(gate), *_costs([one for one in told if not one.case.replica]))
    lines = [line for family in families for line in _lines(family)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _families(gate: Gate) -> Iterator[_Family]:
    ratios = [(one, one.comparison.ratio) for one in gate.findings]
    yield _Family(
        name=f"{_PREFIX}_exit_code",
        help="How the gate ended: 0 fine, 1 regression, 3 inconclusive, 4 invalid.",
        samples=(({}, float(gate.ending)),),
    )
    yield _Family(
        name=f"{_PREFIX}_findings",
        help="Gated comparisons by what the gate makes of them.",
        samples=tuple(
            ({"standing": WORDS[standing]}, float(_number(gate.findings, standing)))
            for standing in Standing
        ),
    )
    for name, what, read in _BOUNDS:
        values = [(one, read(ratio)) for one, ratio in ratios if ratio is not None]
        yield _ratio_family(name, what, values)
    changes = [(one, one.comparison.smallest_change) for one in gate.findings]
    yield _ratio_family(
        "smallest_change", "Relative change that would have been seen in 80 % of cases.", changes
    )


def _costs(told: Sequence[Record]) -> Iterator[_Family]:
    """Give each metric a family, named after its unit: `scalecurve_latency_quiet_seconds`."""
    for metric in METRICS.values():
        values = [(one.case, one.values[metric.name].value) for one in told]
        samples = tuple((_case_labels(case), value) for case, value in values if value is not None)
        if samples:
            unit = _UNITS[metric.unit]
            stem = metric.name.removesuffix(f"_{unit}")
            yield _Family(
                name=f"scalecurve_{stem}_{unit}",
                help=metric.description,
                samples=samples,
                unit=unit,
            )


_UNITS: Final = {
    "s": "seconds",
    "B": "bytes",
    "J": "joules",
    "W": "watts",
    "1/s": "per_second",
    "1": "ratio",
}
"""Words of OpenMetrics for the units of our metrics."""


def _value(ratio: Ratio) -> float | None:
    return ratio.value


def _low(ratio: Ratio) -> float | None:
    return ratio.low


def _high(ratio: Ratio) -> float | None:
    return ratio.high


_BOUNDS: Final = (
    ("change", "Candidate over baseline, in the metric's own direction.", _value),
    ("change_low", "Lower end of the 95 % interval of the ratio.", _low),
    ("change_high", "Upper end of the 95 % interval of the ratio.", _high),
)


def _ratio_family(name: str, what: str, values: Iterable[tuple[Finding, float | None]]) -> _Family:
    samples = tuple(
        (_labels(one), value)
        for one, value in values
        if value is not None and not math.isnan(value)
    )
    return _Family(name=f"{_PREFIX}_{name}_ratio", help=what, samples=samples, unit="ratio")


def _labels(finding: Finding) -> dict[str, str]:
    found = finding.comparison
    return {**_case_labels(found.case), "metric": found.metric}


def _case_labels(case: Case) -> dict[str, str]:
    return {"case": case.slug, "case_id": case.id}


def _number(findings: Iterable[Finding], standing: Standing) -> int:
    return sum(one.is_gated and one.standing is standing for one in findings)


def _lines(family: _Family) -> Iterator[str]:
    yield f"# TYPE {family.name} gauge"
    if family.unit:
        yield f"# UNIT {family.name} {family.unit}"
    yield f"# HELP {family.name} {_escaped(family.help)}"
    for labels, value in family.samples:
        inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{family.name}{f'{{{inner}}}' if inner else ''} {_number_text(value)}"


def _number_text(value: float) -> str:
    """Write a number; OpenMetrics knows infinities.

    >>> _number_text(math.inf), _number_text(-math.inf), _number_text(1.5)
    ('+Inf', '-Inf', '1.5')
    """
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def _escaped(text: str) -> str:
    r"""Escape a label's value or a help text.

    >>> _escaped('a"b\\c\nd')
    'a\\"b\\\\c\\nd'
    """
    shown = text[:_LONGEST].encode(errors="replace").decode()
    return shown.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
