import json
import subprocess
import sys
from dataclasses import replace

import pytest

from harness.core.run import RunEnd
from harness.core.trial import Side
from harness.store.fake import FakeMachine, fake_case, fake_header
from harness.store.write import RunWriter

NAMES = ["mlp-1e4/eager-cpu-fp32-t1/b1", "mlp-1e4/onnxruntime-cpu-fp32-t1/b8/offline"]


@pytest.fixture
def exported(command, run_file, tmp_path):
    out = tmp_path / "0001_first.json"
    done = command("export", run_file, "--format", "pytest-benchmark", "--out", out)
    assert done.code == 0, done.err
    return out


def pytest_benchmark(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_pytest_benchmark_lists_and_compares_two_exported_files(exported, tmp_path):
    second = exported.with_name("0002_second.json")
    second.write_bytes(exported.read_bytes())
    listed = pytest_benchmark(tmp_path, "--storage", f"file://{tmp_path}", "list")
    assert [line.rpartition("/")[2] for line in listed.stdout.split()] == [
        "0001_first.json",
        "0002_second.json",
    ]
    table = tmp_path / "table.csv"
    words = ("compare", "--group-by=fullname", f"--csv={table}", exported, second)
    compared = pytest_benchmark(tmp_path, *words)
    assert compared.returncode == 0, compared.stderr
    assert all(name in compared.stdout for name in NAMES)
    assert "WARNING" not in compared.stderr
    assert len(table.read_text().splitlines()) == 1 + 2 * len(NAMES)


def test_the_machine_and_our_own_figures_come_along(exported):
    content = json.loads(exported.read_text())
    machine = content["machine_info"]
    assert machine["cpu"]["brand_raw"] == "Made Up 3000"
    assert machine["node"] == "bench-1"
    assert machine["hard_keys"] == {"cpu_model": "Made Up 3000"}
    assert content["commit_info"]["id"] == "unversioned"
    first = content["benchmarks"][0]
    quiet = first["extra_info"]["metrics"]["latency_quiet"]
    assert quiet["low"] < quiet["value"] < quiet["high"]
    assert first["extra_info"]["parameter_count"] == 10_000
    assert first["params"]["backend"] == "eager"
    assert sum(first["extra_info"]["trials"]) == first["stats"]["rounds"]


def test_a_case_without_numbers_is_left_out_and_counted(command, run_file, exported, tmp_path):
    assert [one["name"] for one in json.loads(exported.read_text())["benchmarks"]] == NAMES
    words = ("export", run_file, "--format", "pytest-benchmark", "--out", tmp_path / "b.json")
    assert "wrote 2 entries of 4 cases" in command(*words).err


def test_an_export_for_github_action_benchmark_is_a_list_of_named_numbers(
    command, run_file, tmp_path
):
    out = tmp_path / "new" / "out.json"
    words = ("export", run_file, "--format", "customSmallerIsBetter", "--out", out)
    assert command(*words, "--metrics", "latency_quiet").code == 0
    (one,) = json.loads(out.read_text())
    assert set(one) == {"name", "unit", "value", "range", "extra"}
    assert one["name"] == f"{NAMES[0]} latency_quiet"


def test_either_side_of_an_ab_run_can_be_exported(command, tmp_path):
    case = fake_case()
    header = fake_header((case,))
    environment = replace(header.environment, host="other")
    header = replace(header, candidate=environment)
    with RunWriter.create(tmp_path, header) as writer:
        for number in range(3):
            writer.append_trial(FakeMachine().trial(case, number))
            slow = FakeMachine(latency_ns=2_000_000).trial(case, number)
            writer.append_trial(replace(slow, side=Side.CANDIDATE))
        writer.finish(RunEnd(finished_at="2026-01-02T03:10:00+00:00"))
    medians = {}
    for side in ("base", "candidate"):
        out = tmp_path / f"{side}.json"
        words = ("export", writer.path, "--format", "pytest-benchmark", "--out", out)
        assert command(*words, "--side", side).code == 0
        content = json.loads(out.read_text())
        medians[side] = content["benchmarks"][0]["stats"]["median"]
        assert content["machine_info"]["node"] == {"base": "bench-1", "candidate": "other"}[side]
    assert medians["candidate"] > 1.5 * medians["base"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "pytest", "--out", "a"), "did you mean pytest-benchmark"),
        (("--format", "pytest-benchmark", "--out", "a", "--side", "b"), "no side 'b'"),
        (("--format", "pytest-benchmark", "--out", "a", "--metrics", "latency_p50"), "--metrics"),
        (("--format", "customSmallerIsBetter", "--out", "a", "--metrics", "x"), "no metric"),
        (("--format", "pytest-benchmark", "--out", "/dev/null/a"), "cannot be written"),
    ],
)
def test_what_cannot_be_exported_ends_with_2(command, run_file, words, said):
    done = command("export", run_file, *words)
    assert done.code == 2
    assert said in done.err
