"""Calibrating from the command line: measured, kept, and used by a comparison."""

import json

SHORT = ["--family=mlp", "--params=1e4", "--backend=fake", "--option=fake.work_us=50"]
LITTLE = [*SHORT, "--rounds=2", "--seconds=0.05", "--no-memory"]


def test_a_plan_is_measured_several_times_and_its_floors_are_kept(scalecurve, tmp_path):
    done = scalecurve("calibrate", *LITTLE, "--runs=2", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["metric"]: row for row in json.loads(done.stdout)}
    assert rows["latency_p50"]["runs"] == 2
    assert rows["latency_p50"]["pairs"] == 1
    assert rows["latency_p50"]["floor"] >= rows["latency_p50"]["seen"] >= 0
    paths = sorted((tmp_path / "runs").glob("*.jsonl"))
    assert len(paths) == 2
    assert list((tmp_path / "state").glob("noise-*.json"))
    again = scalecurve("calibrate", "--from", *paths, "--json", "--no-keep")
    assert json.loads(again.stdout) == json.loads(done.stdout)


def test_a_comparison_has_no_threshold_below_the_floor(scalecurve, tmp_path):
    scalecurve("calibrate", *LITTLE, "--runs=2")
    base, candidate = sorted((tmp_path / "runs").glob("*.jsonl"))
    floors = json.loads(scalecurve("calibrate", "--from", base, candidate, "--json").stdout)
    done = scalecurve("compare", base, candidate, "--experienced", "--json")
    (compared,) = [row for row in json.loads(done.stdout) if row["metric"] == "latency_p50"]
    (floor,) = [row for row in floors if row["metric"] == "latency_p50"]
    assert compared["threshold"] >= floor["floor"]
