from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.scaling.points import subject_of
from harness.analyse.scaling.work import work_of
from harness.core.scaling import SizePoint
from model_zoo.cost import cost
from model_zoo.solve import parameter_count, solve
from tests.unit.analyse.scaling.known import SIZES, points, record


def networks(family, sizes=SIZES[2:]):
    """Make points of the zoo's own networks, and the subject of their law."""
    base = record(1e6, {"latency_quiet": 1.0}, family=family)
    found = []
    for size in sizes:
        spec = solve(family, round(size))
        case = replace(base.case, model=spec, nominal=round(size))
        found.append(SizePoint(size=float(parameter_count(spec)), cost=1.0, case=case))
    return found, subject_of(base, "latency_quiet")


@pytest.mark.parametrize("family", ["mlp", "resnet", "encoder"])
def test_the_work_of_the_zoos_networks_is_their_flops(family):
    found, subject = networks(family)
    expected = np.log([cost(point.case.model).flops for point in found])
    assert work_of(found, subject).logarithms == pytest.approx(expected)


def test_ahead_the_work_grows_as_the_next_network_of_the_family_does():
    found, subject = networks("resnet")
    last, following = (cost(solve("resnet", round(size))) for size in (SIZES[-1], 1e8))
    expected = np.log(following.flops / last.flops) / np.log(
        following.parameter_count / last.parameter_count
    )
    assert work_of(found, subject).ahead == pytest.approx(expected, rel=1e-3)


def test_of_an_mlp_the_work_grows_with_the_first_power():
    assert work_of(*networks("mlp")).ahead == pytest.approx(1.0, abs=0.01)


def test_memory_grows_with_the_weights_whatever_the_flops():
    found, subject = networks("encoder")
    work = work_of(found, replace(subject, metric="peak_rss"))
    assert work.ahead == 1.0
    assert work.logarithms == pytest.approx(np.log([point.size for point in found]))


def test_networks_that_are_not_the_zoos_are_taken_to_do_work_like_their_weights():
    base = record(1e6, {"latency_quiet": 1.0}, family="own")
    found = [replace(point, case=base.case) for point in points()]
    work = work_of(found, subject_of(base, "latency_quiet"))
    assert work.ahead == 1.0
    assert work.logarithms == pytest.approx(np.log(SIZES))


def test_a_network_that_this_version_cannot_build_is_one_of_those():
    base = record(1e6, {"latency_quiet": 1.0}, family="mlp")
    found = [replace(point, case=base.case) for point in points()]
    assert work_of(found, subject_of(base, "latency_quiet")).ahead == 1.0


def test_points_of_a_table_have_no_work():
    assert work_of(points(), None) is None


def test_beyond_the_largest_that_is_built_the_exponent_is_one():
    assert work_of(*networks("resnet", [1e8, 5e10])).ahead == 1.0
