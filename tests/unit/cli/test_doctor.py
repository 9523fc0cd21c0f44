import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.backends.registry import BACKENDS
from harness.cli.doctor import Diagnosis, Finding, as_object, as_text, examine_backends
from harness.core.case import Target
from harness.core.reason import Reason, ReasonCode

NO_GPU = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="no driver", hint="use a GPU")


@pytest.fixture
def diagnosis():
    return Diagnosis(
        backends=(
            Finding(name="eager", device="cpu", reason=None),
            Finding(name="eager", device="cuda:0", reason=NO_GPU),
            Finding(name="onnxruntime", device="cuda:0", reason=NO_GPU),
            Finding(name="tensorrt", device="cpu", reason=Reason(code=ReasonCode.NO_CUDA_DEVICE)),
        ),
        meters=(Finding(name="host_memory", reason=None),),
        disturbances=("The load average is 3.",),
        folders=(("artifacts", Path("cache")),),
    )


def test_every_backend_is_asked_about_every_device_and_the_fake_is_not():
    asked: list[Target] = []
    findings = examine_backends(asked.append)
    assert {target.backend for target in asked} == set(BACKENDS) - {"fake"}
    assert {target.device for target in asked} == {"cpu", "cuda:0"}
    assert len(findings) == len(asked)


def test_what_is_missing_has_its_reason_and_what_would_change_it(diagnosis):
    text = as_text(diagnosis)
    assert "eager cpu                 available" in text
    assert "eager cuda:0              no_cuda_device: no driver" in text
    assert text.count("use a GPU") == 1
    assert "The load average is 3." in text


def test_a_quiet_machine_is_said_to_be_quiet(diagnosis):

    assert "nothing that could be seen" in as_text(replace(diagnosis, disturbances=()))


def test_the_object_has_reason_and_hint_exactly_where_something_is_missing(diagnosis):
    found = as_object(diagnosis)
    json.dumps(found)
    for finding in found["backends"] + found["meters"]:
        missing = not finding["available"]
        assert ("reason_code" in finding) == ("hint" in finding) == missing
    assert found["folders"] == {"artifacts": "cache"}


def test_this_machine_can_be_examined_without_importing_a_runtime_here(command):
    done = command("doctor", "--json")
    found = json.loads(done.out)
    assert done.code == 0
    backends = {(f["name"], f["device"]): f for f in found["backends"]}
    assert backends["eager", "cpu"]["available"]
    assert {meter["name"] for meter in found["meters"]} == {"host_memory", "rapl", "nvml"}
    assert set(found["folders"]) == {"artifacts", "quiet level"}
