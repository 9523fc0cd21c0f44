"""Ten questions to `budget`, by the reference run, and what the networks that it names cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.analyse.budget import affordable
from harness.analyse.confirm import confirmations, networks
from harness.analyse.records import records
from harness.analyse.scaling import laws
from harness.cli.limits import parse_limits
from harness.core.choice import Affordable, Answered, Confirmation
from harness.core.metric import METRICS
from harness.core.record import Record
from harness.core.run import Run
from harness.environment.comparability import differing_keys
from harness.environment.describe import describe
from harness.report.format import count, quantity
from harness.report.laws import subject_name
from harness.run.plan import Plan
from harness.run.start import Places
from harness.run.start import measure as run_cases
from harness.store.level import state_folder
from harness.store.read import find_runs, read_run
from tests.bench.listening import Hooked
from tests.bench.row import Row, Setting

_RESULTS: Final = Path(__file__).parents[2] / "results"
_QUESTIONS: Final = (
    ("mlp", "onnxruntime", "latency_quiet=1ms"),
    ("mlp", "eager", "latency_quiet=5ms,peak_rss=500MB"),
    ("cnn", "onnxruntime", "latency_quiet=3ms"),
    ("resnet", "torchscript", "latency_quiet=20ms"),
    ("resnet", "onnxruntime", "latency_quiet=10ms"),
    ("mobilenet", "onnxruntime", "latency_quiet=5ms"),
    ("vit", "eager", "latency_quiet=10ms"),
    ("encoder", "onnxruntime", "latency_quiet=5ms,artifact_bytes=30MB"),
    ("decoder", "torchscript", "latency_quiet=20ms"),
    ("lstm", "onnxruntime", "latency_quiet=30ms"),
)
"""Family, backend, and the most that one iteration may cost; all within what was measured."""
_FEWEST_SIZES: Final = 6
_MORE_TRIES: Final = 3
_RIGHT: Final = 0.9
_FITS: Final = {True: "meets it", False: "MISSES it", None: "not known"}
_MISSES: Final = {True: "misses it", False: "MEETS it", None: "not known"}


def measure(setting: Setting) -> Row:
    """Ask, build each network and the next grade up, and measure both."""
    bound = f"at least {_RIGHT:.0%} meet the budget, and so many next grades up do not"
    run = _reference()
    if run is None:
        detail = "no reference run of this machine with enough sizes"
        return Row("budget", "not measured", bound, met=False, detail=detail)
    known = records(run)
    asked = _QUESTIONS[: setting.times(len(_QUESTIONS))]
    answers = [answer for question in asked for answer in _ask(known, *question)]
    found = _until_known(answers, setting)
    right = sum(one.is_met is True for one in found)
    largest = sum(one.is_largest is True for one in found)
    return Row(
        name="budget",
        figure=f"{right} of {len(asked)} meet the budget; {largest} next grades up do not",
        bound=bound,
        met=min(right, largest) >= _RIGHT * len(asked),
        detail="\n".join([f"laws of {Path(run.path).name}", *map(_line, found)]),
    )


def _reference() -> Run | None:
    """Return the newest stored run of this machine that has many sizes of a family."""
    here = describe()
    runs = (read_run(path) for path in find_runs([_RESULTS]))
    found = [
        run
        for run in runs
        if not differing_keys(run.header.environment, here)
        and _sizes(run) >= _FEWEST_SIZES
        and not run.header.plan.get("data")
    ]
    return max(found, key=lambda run: run.header.started_at, default=None)


def _sizes(run: Run) -> int:
    return len({case.nominal for case in run.header.cases if case.model.family == "mlp"})


def _ask(known: Sequence[Record], family: str, backend: str, text: str) -> tuple[Affordable, ...]:
    limits = parse_limits([text], [])
    asked = [
        record
        for record in known
        if (record.case.model.family, record.case.target.backend) == (family, backend)
    ]
    return affordable(laws(asked, [limit.metric for limit in limits]), limits)


def _until_known(answers: Sequence[Affordable], setting: Setting) -> list[Confirmation]:
    """Measure once more what nobody can tell, because the machine was not quiet meanwhile."""
    found = list(_confirmed(answers, setting))
    for _ in range(_MORE_TRIES):
        unknown = [n for n, one in enumerate(found) if None in {one.is_met, one.is_largest}]
        if not unknown:
            break
        again = _confirmed([found[n].pair.answer for n in unknown], setting)
        for place, one in zip(unknown, again, strict=True):
            found[place] = one
    return found


def _confirmed(answers: Sequence[Affordable], setting: Setting) -> tuple[Confirmation, ...]:
    """Measure every network of the answers in one run."""
    pairs = networks(answers)
    cases = tuple(dict.fromkeys(case for pair in pairs for case in (*pair.fits, *pair.above)))
    plan = Plan(
        family=tuple(dict.fromkeys(case.model.family for case in cases)),
        params=tuple(dict.fromkeys(str(case.nominal) for case in cases)),
        backend=tuple(dict.fromkeys(case.target.backend for case in cases)),
        rounds=3,
        control=False,
    )
    places = Places(out=setting.room("budget"), cache=setting.cache, state=state_folder())
    path = run_cases(cases, plan, ("tests.bench", "budget"), places, Hooked(_nothing))
    return confirmations(pairs, records(read_run(path)))


def _nothing(label: str) -> None:
    del label


def _line(one: Confirmation) -> str:
    answer = one.pair.answer
    limits = ", ".join(each.limit.text for each in answer.limits)
    sure = f"{answer.probability:.0%}" if answer.probability is not None else "-"
    above = count(one.pair.above[0].nominal) if one.pair.above else "-"
    return (
        f"{subject_name(answer.subject)}, {limits}: {count(one.pair.fits[0].nominal)} parameters "
        f"(probability {sure}) cost {_costs(one.fits)}, {_FITS[one.is_met]}; "
        f"{above} cost {_costs(one.above)}, {_MISSES[one.is_largest]}"
    )


def _costs(answers: Sequence[Answered]) -> str:
    return ", ".join(
        one.note if one.value is None else quantity(one.value, METRICS[one.limit.metric].unit)
        for one in answers
    )
