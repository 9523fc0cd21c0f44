import json
import math
from dataclasses import replace

from harness.analyse.compare.effects import Missing
from harness.analyse.noise import Noise
from harness.core.comparison import NoiseFloor
from harness.core.reason import Reason, ReasonCode
from harness.report.format import DASH
from harness.report.noise import noise_json, noise_table
from harness.report.table import plain
from harness.store.fake import fake_case

CASE = fake_case(10_000)
FLOOR = NoiseFloor(
    case_id=CASE.id,
    metric="latency_quiet",
    floor=0.0123,
    between=0.004,
    within=None,
    runs=4,
    trials=3,
    seen=0.007,
    smallest_change={3: 0.051, 5: 0.043, 8: math.inf},
    rounds=7,
)


UNQUIET = Missing(
    case=CASE,
    metric="latency_quiet",
    reason=Reason(code=ReasonCode.MACHINE_UNQUIET, detail="0 of 17", hint="wait"),
)


def noise(*floors, missing=()):
    return Noise(floors=floors, missing=missing)


def test_a_row_says_the_floor_the_spreads_and_the_rounds():
    table = noise_table(noise(FLOOR), [CASE])
    (row,) = table.rows
    assert row[0] == CASE.slug
    assert row[1:] == (
        *("latency_quiet", "1.2 %", "0.70 %", "0.40 %", DASH, "5.1 %", "4.3 %", DASH, "7"),
    )


def test_the_pairs_are_counted_and_said_to_depend_on_each_other():
    text = plain(noise_table(noise(FLOOR), [CASE]))
    assert "Noise of equal runs, 4 runs" in text
    assert "6 of them, which know no more than 3 independent differences" in text


def test_no_floor_at_all_is_said_too():
    assert "none" in noise_table(noise(), []).title


def test_json_has_shares_and_nulls_and_never_an_infinity():
    (row,) = json.loads(noise_json(noise(FLOOR), [CASE]))
    assert row["case"] == CASE.slug
    assert row["floor"] == 0.0123
    assert row["pairs"] == 6
    assert row["within"] is None
    assert row["smallest_change"] == {"3": 0.051, "5": 0.043, "8": None}


def test_a_case_that_is_in_no_run_has_its_id_alone():
    (row,) = json.loads(noise_json(noise(FLOOR), []))
    assert (row["case"], row["case_id"]) == (None, CASE.id)
    assert noise_table(noise(FLOOR), []).rows[0][0] == CASE.id


def test_what_no_gate_looks_at_is_in_json_alone():
    other = replace(FLOOR, metric="prepare_time")
    assert len(noise_table(noise(FLOOR, other), [CASE]).rows) == 1
    assert len(json.loads(noise_json(noise(FLOOR, other), [CASE]))) == 2


def test_what_was_experienced_stands_in_where_the_machine_was_never_quiet():
    experienced = replace(FLOOR, metric="latency_p50")
    (row,) = noise_table(noise(experienced), [CASE]).rows
    assert row[1] == "latency_p50"
    (row,) = noise_table(noise(FLOOR, experienced), [CASE]).rows
    assert row[1] == "latency_quiet"


def test_a_case_without_a_floor_says_why():
    unseen = replace(UNQUIET, metric="prepare_time")
    table = noise_table(noise(FLOOR, missing=(UNQUIET, UNQUIET, unseen)), [CASE])
    said = f"no floor of latency_quiet: 2 cases, first {CASE.slug} (machine_unquiet: 0 of 17)"
    assert table.notes[-1] == said
    (_, row) = json.loads(noise_json(noise(FLOOR, missing=(UNQUIET,)), [CASE]))
    assert (row["floor"], row["reason_code"], row["hint"]) == (None, "machine_unquiet", "wait")
