import json

from tests.unit.analyse.gate_runs import written
from tests.unit.analyse.test_splits import run_of

RUN = run_of({(1, 1): 1_000_000, (1, 2): 700_000, (2, 1): 1_050_000})


def test_splits_are_printed_the_best_first(command, tmp_path):
    done = command("parallel", written(tmp_path, RUN))
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("mlp-1e4 on onnxruntime, cpu, fp32, batch 1: processes x threads")
    assert [line.split()[0] for line in lines[4:7]] == ["2x1", "1x2", "1x1"]


def test_json_is_a_list_of_one_object_a_network(command, tmp_path):
    done = command("parallel", written(tmp_path, RUN), "--json")
    (found,) = json.loads(done.out)
    assert [one["split"] for one in found["splits"]] == ["2x1", "1x2", "1x1"]


def test_a_run_of_one_split_is_refused_with_what_to_measure(command, run_file):
    done = command("parallel", run_file)
    assert done.code == 2
    assert "--split all" in done.err
