import pytest

from model_zoo.train.recipe import Recipe, rate


def test_the_rate_rises_in_a_straight_line_then_falls_along_a_cosine_to_nothing():
    recipe = Recipe(learning_rate=1.0, warmup=0.1)
    rates = [rate(recipe, step, 110) for step in range(110)]
    assert rates[:11] == pytest.approx([(step + 1) / 11 for step in range(11)])
    assert rates[11] == 1.0
    assert rate(recipe, 11 + 99, 110) == pytest.approx(0.0, abs=1e-12)
    middle = 11 + 99 / 2
    below, above = rates[int(middle)], rates[int(middle) + 1]
    assert above < 0.5 < below
    assert rates[11:] == sorted(rates[11:], reverse=True)


def test_a_single_step_is_taken_at_the_full_rate():
    assert rate(Recipe(learning_rate=0.5), 0, 1) == 0.5


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch_size": 0}])
def test_a_recipe_that_trains_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="train nothing"):
        Recipe(**wrong)
