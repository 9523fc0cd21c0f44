import numpy as np
import pytest
from scipy import ndimage, stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.history.spikes import clip_spikes, robust_deviation


def noisy(size: int = 60) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 0.01, size)


@pytest.mark.parametrize("place", [0, 1, 2, 30, 57, 58, 59])
@pytest.mark.parametrize("length", [1, 2])
def test_one_or_two_values_far_off_are_pulled_back(place, length):
    logs = noisy()
    spiked = logs.copy()
    spiked[place : place + length] += 0.5
    assert np.abs(clip_spikes(spiked)).max() < 0.1


def test_three_values_at_the_end_stay():
    logs = noisy()
    logs[-3:] += 0.5
    clipped = clip_spikes(logs)
    assert clipped[-3:] == pytest.approx(logs[-3:], abs=0.05)
    assert np.abs(clipped[:-3]).max() < 0.1


def test_a_series_without_spikes_is_nearly_what_it_was():
    logs = noisy()
    assert np.mean(clip_spikes(logs) == logs) > 0.95


def test_a_spike_is_pulled_to_four_deviations_from_scipys_running_median():
    logs = noisy()
    logs[20] = 5.0
    middle = ndimage.median_filter(logs, size=5)
    away = logs[2:-2] - middle[2:-2]
    reach = 4 * stats.median_abs_deviation(np.concatenate([away, -away]), scale="normal")
    assert clip_spikes(logs)[20] == pytest.approx(middle[20] + reach, abs=0.005)


def test_the_robust_deviation_is_scipys_around_zero():
    values = noisy()
    both = np.concatenate([values, -values])
    expected = stats.median_abs_deviation(both, scale="normal")
    assert robust_deviation(both) == pytest.approx(expected, rel=1e-4)


def test_a_constant_series_has_no_deviation_and_keeps_nothing_of_a_spike():
    logs = np.zeros(20)
    logs[7] = 1.0
    assert clip_spikes(logs).tolist() == [0.0] * 20
