"""Cases of the user's own networks get what they start from, or the reason why not."""

from pathlib import Path

import pytest

from harness.core.case import Case, Target
from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.run.artifacts import gather
from harness.run.material import Material
from model_zoo.own import own_spec
from model_zoo.solve import parameter_count, solve

NETWORKS = "tests.unit.model_zoo.own_networks"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("SCALECURVE_IMPORT_PATHS", str(ROOT))


def case(name, backend="eager", batch_size=1):
    return Case(
        model=own_spec(f"{NETWORKS}:{name}"), target=Target(backend=backend), batch_size=batch_size
    )


def test_every_backend_has_its_material_and_failures_are_their_own(tmp_path):
    cases = [
        case("tied"),
        case("tied", "onnxruntime", 2),
        case("tied", "torchscript"),
        case("raises"),
        case("another_each_time", "onnxruntime"),
        Case(model=solve("mlp", 10_000), target=Target(backend="fake")),
    ]
    zoo, told = parameter_count(cases[-1].model), []
    by_id = gather(cases, tmp_path, told.append)
    found = [by_id[one.id] for one in cases]
    good = [thing for thing in found if isinstance(thing, Material)]
    assert [thing.needs.parameter_count for thing in good] == [36, 36, 36, zoo]
    assert found[0].artifact.format == "factory"
    assert found[0].artifact.folder == found[0].reference
    assert (found[1].artifact.format, found[2].artifact.format) == ("onnx", "torchscript")
    assert found[1].reference != found[0].reference  # another batch size
    assert (found[0].needs.depth, found[0].needs.widest) == (2, 6)
    assert found[3] == Reason(
        code=ReasonCode.ARTIFACT_FAILED, detail="KeyError: 'no such checkpoint'"
    )
    assert found[4].code is ReasonCode.WEIGHTS_DIFFER
    assert told.count(f"looking at {NETWORKS}:tied") == 1
    assert f"{NETWORKS}:tied: 36 parameters, 144 FLOP a pass of 1, outputs (1, 6)" in told
    again = gather(cases[:3], tmp_path, told.append)
    assert [again[one.id] for one in cases[:3]] == found[:3]


@pytest.mark.parametrize(
    ("reference", "said"), [("scal_absent:make", "no module"), (f"{NETWORKS}:mak", "no 'mak'")]
)
def test_a_reference_that_names_nothing_is_a_usage_error(tmp_path, reference, said):
    wanted = Case(model=own_spec(reference), target=Target(backend="eager"))
    with pytest.raises(UsageError, match=f"module: .*{said}"):
        gather([wanted], tmp_path, lambda _: None)
