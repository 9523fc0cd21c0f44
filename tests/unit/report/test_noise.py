import json
import math

from harness.core.comparison import Calibration, NoiseFloor
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


def calibration(*floors):
    return Calibration(made_at="", command=(), hard_keys={}, versions={}, floors=floors)


def test_a_row_says_the_floor_the_spreads_and_the_rounds():
    table = noise_table(calibration(FLOOR), [CASE])
    (row,) = table.rows
    assert row[0] == CASE.slug
    assert row[1:] == (
        *("latency_quiet", "1.2 %", "0.70 %", "0.40 %", DASH, "5.1 %", "4.3 %", DASH, "7"),
    )


def test_the_pairs_are_counted_and_said_to_depend_on_each_other():
    text = plain(noise_table(calibration(FLOOR), [CASE]))
    assert "Noise of equal runs, 4 runs" in text
    assert "6 of them, which know no more than 3 independent differences" in text


def test_no_floor_at_all_is_said_too():
    assert "none" in noise_table(calibration(), []).title


def test_json_has_shares_and_nulls_and_never_an_infinity():
    (row,) = json.loads(noise_json(calibration(FLOOR), [CASE]))
    assert row["case"] == CASE.slug
    assert row["floor"] == 0.0123
    assert row["pairs"] == 6
    assert row["within"] is None
    assert row["smallest_change"] == {"3": 0.051, "5": 0.043, "8": None}


def test_a_case_that_is_in_no_run_has_its_id_alone():
    (row,) = json.loads(noise_json(calibration(FLOOR), []))
    assert (row["case"], row["case_id"]) == (None, CASE.id)
    assert noise_table(calibration(FLOOR), []).rows[0][0] == CASE.id
