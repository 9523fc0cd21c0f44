"""What backends promise to the process that loads them: forks, imports, missing packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import asdict

import pytest

from harness.backends.registry import BACKENDS
from harness.core.case import Target
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact

PACKAGES = {
    "torch": ["torch"],
    "onnxruntime": ["onnxruntime"],
    "tensorrt": ["tensorrt"],
    "tensorrt-rtx": ["tensorrt_rtx", "tensorrt_rtx_bindings"],
}
RUNTIMES = ["torch", "onnxruntime", "onnx", "tensorrt", "tensorrt_rtx_bindings", "scipy"]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")

PREPARE_AND_RUN = """
    import json, os, sys
    from harness.backends.registry import load
    from harness.backends.settings import thread_count
    from harness.core.case import Target
    from harness.core.wire import decode
    from model_zoo.export.artifact import Artifact
    from model_zoo.inputs import example_inputs

    name, artifact = sys.argv[1], decode(sys.argv[2].encode(), Artifact)
    backend = load(name)

    def run_once(threads):
        with backend.prepare(artifact, Target(backend=name, threads=threads), 1) as model:
            model.bind(example_inputs(artifact.spec, 1))
            model.run()
            return model.outputs()

    def fork_and_run(threads):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run_once(threads)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
"""


def run_script(script: str, *arguments: str, timeout_s: float = 120) -> str:
    """Run a script in a process of its own, which may neither hang nor fail."""
    text = textwrap.dedent(PREPARE_AND_RUN) + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-c", text, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env={**os.environ, **ONE_THREAD},
    ).stdout


def encoded(artifact: Artifact) -> str:
    return json.dumps(asdict(artifact))


@forks
@pytest.mark.parametrize("name", ["onnxruntime", "fake"])
def test_two_hundred_forks_of_a_loaded_process_each_run_once(name, zoo):
    artifact = zoo.artifact(Target(backend=name))
    script = """
        backend.preload()
        for _ in range(200):
            fork_and_run(threads=1)
        print("all ended")
    """
    assert run_script(script, name, encoded(artifact)) == "all ended\n"


@forks
@pytest.mark.parametrize("name", ["eager", "torchscript"])
def test_a_process_that_loaded_torch_has_one_thread_and_its_forks_as_many_as_they_ask(name, zoo):
    artifact = zoo.artifact(Target(backend=name))
    script = """
        backend.preload()
        assert thread_count() in {None, 1}, thread_count()
        for threads in (1, 2, 1, 2):
            fork_and_run(threads)
        print("all ended")
    """
    assert run_script(script, name, encoded(artifact)) == "all ended\n"


@pytest.mark.parametrize("name", ["onnxruntime", "eager", "fake"])
def test_a_worker_imports_its_own_runtime_alone_and_prints_nothing(name, zoo):
    artifact = zoo.artifact(Target(backend=name))
    script = f"""
        run_once(threads=1)
        os.write(2, b"done")
        loaded = [module for module in {RUNTIMES} if module in sys.modules]
        json.dump(loaded, sys.stdout)
    """
    own = {"eager": ["torch"], "onnxruntime": ["onnxruntime"], "fake": []}[name]
    assert json.loads(run_script(script, name, encoded(artifact))) == own


@pytest.mark.parametrize("name", BACKENDS)
def test_naming_a_backend_imports_no_runtime(name, zoo):
    script = f"json.dump([module for module in {RUNTIMES} if module in sys.modules], sys.stdout)"
    artifact = zoo.artifact(Target(backend="fake"))
    assert json.loads(run_script(script, name, encoded(artifact))) == []


@pytest.mark.parametrize("name", [name for name in BACKENDS if name != "fake"])
def test_a_missing_package_is_named_with_the_way_to_install_it(name, zoo):
    missing = PACKAGES[BACKENDS[name].runtime]
    script = f"""
        from harness.core.errors import Unavailable

        class Missing:
            def find_spec(self, module, path=None, target=None):
                if module in {missing}:
                    raise ModuleNotFoundError("No module named " + repr(module), name=module)

        sys.meta_path.insert(0, Missing())
        reason = backend.availability(Target(backend=name))
        try:
            backend.preload()
        except Unavailable as error:
            assert error.reason == reason
            json.dump([reason.code, reason.detail, reason.hint], sys.stdout)
    """
    artifact = zoo.artifact(Target(backend="fake"))
    code, detail, hint = json.loads(run_script(script, name, encoded(artifact)))
    assert code == ReasonCode.BACKEND_NOT_INSTALLED
    assert all(package in detail for package in missing)
    assert "pip install" in hint
