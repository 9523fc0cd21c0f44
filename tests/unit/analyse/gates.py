"""Made-up verdicts and the gates that they lead to."""

from __future__ import annotations

from dataclasses import replace

from harness.analyse.compare.compared import Compared, Control
from harness.analyse.compare.settings import Settings
from harness.analyse.gate import Broken, Confirmation, Gate, Question, judge
from harness.core.case import Case, Target
from harness.core.comparison import Comparison, Ratio, Verdict
from harness.core.reason import Reason, ReasonCode
from harness.store.fake import fake_case
from model_zoo.spec import ModelSpec

CASES = tuple(fake_case(10**power) for power in range(4, 9))
PROVEN = Control(proven=True, sentence="mlp/control: 1.001 of its twin; it agrees with itself.")
MOVED_CONTROL = Control(proven=False, sentence="the control MOVED.")
HOSTILE = (
    "a|b`c` <script>alert(1)</script> ]]> \x1b[31m \u202e \ud800 \x00\n::error::x ##[error]y "
    '"q" %0A, [l](http://x.y) ![i](z) @everyone --> *b* \\'
)


def comparison(
    case: Case = CASES[0],
    verdict: Verdict = Verdict.EQUIVALENT,
    ratio: float | None = 1.0,
    **changes: object,
) -> Comparison:
    """Make a verdict on a latency, unless `changes` name another metric."""
    interval = None if ratio is None else Ratio(value=ratio, low=ratio - 0.01, high=ratio + 0.01)
    found = Comparison(
        case=case,
        metric="latency_quiet",
        verdict=verdict,
        ratio=interval,
        threshold=0.02,
        p_value=0.001,
        p_adjusted=0.003,
        smallest_change=0.014,
        rounds=5,
        reason=Reason(code=ReasonCode.MACHINE_UNQUIET) if ratio is None else None,
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # the caller names the fields


def slower(case: Case = CASES[0], ratio: float = 1.05, **changes: object) -> Comparison:
    return comparison(case, Verdict.SLOWER, ratio, **changes)


def undecided(case: Case = CASES[0], **changes: object) -> Comparison:
    return comparison(case, Verdict.INCONCLUSIVE, 1.01, rounds_needed=12, **changes)


def compared(*found: Comparison, control: Control = PROVEN) -> Compared:
    return Compared(comparisons=found, prior="shared.", control=control, settings=Settings())


def gate_of(
    *found: Comparison,
    confirmation: Confirmation | None = None,
    question: Question | None = None,
    control: Control = PROVEN,
) -> Gate:
    return judge(
        compared(*found, control=control), confirmation or Confirmation(), question or Question()
    )


def hostile_case() -> Case:
    """Name a network, and a backend, as an attacker would."""
    return Case(model=ModelSpec.of("mlp", preset=HOSTILE), target=Target(backend="eager"))


def hostile_gate() -> Gate:
    """Put an attacker's text wherever a file could have put it."""
    case = hostile_case()
    other = replace(case, batch_size=2)
    reason = Reason(code=ReasonCode.WORKER_CRASHED, detail=HOSTILE, hint=HOSTILE)
    question = Question(
        broken=(Broken(case=replace(case, batch_size=3), reason=reason),),
        missing=(replace(case, batch_size=4),),
        warnings=(HOSTILE,),
        facts=(("note", HOSTILE),),
        strict=True,
    )
    return gate_of(slower(case, note=HOSTILE), undecided(other, note=HOSTILE), question=question)
