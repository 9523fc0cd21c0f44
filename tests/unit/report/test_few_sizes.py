"""Laws of too few sizes are one line that says how many each needs."""

from harness.analyse.scaling import fit_points, laws
from harness.report.few_sizes import few_sizes_line
from tests.unit.analyse.scaling.known import SIZES, points, series


def test_where_all_have_enough_nothing_is_said():
    assert few_sizes_line(laws(series(sizes=SIZES[:5]))) == ""


def test_one_line_counts_laws_and_names_families_sizes_and_how_many_are_needed():
    found = [
        *laws(series()),
        *laws(series(sizes=SIZES[:4], family="cnn")),
        *laws(series(sizes=SIZES[:2], family="vit")),
        *laws(series(sizes=SIZES[:2], family="vit", backend="onnxruntime")),
    ]
    assert few_sizes_line(found) == (
        "too few sizes for 3 laws (cnn, vit): 2 to 4, and each needs at least 5, over a decade or "
        "more; --json has what they give"
    )


def test_a_table_of_ones_own_is_named_so():
    line = few_sizes_line([fit_points(points(SIZES[:3]))])
    assert line.startswith("too few sizes for 1 law (the table): 3, and each needs at least 5")
