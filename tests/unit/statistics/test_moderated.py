"""The published values are those of limma in R, as the project baseCode wrote them down.

Source: baseCode, ubic.basecode.math.linearmodels.ModeratedTstatTest (2017): draws of chi-squared
over 5 with 5 degrees of freedom, and limma's `squeezeVar(s2, df=5)$var.post`; draws of F with 8 and
16 degrees of freedom, and limma's `fitFDist(x, df1=8)`.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.moderated import (
    Prior,
    fit_prior,
    moderate,
    moderated_degrees,
    variance_tail,
)

OWN = np.array(
    [
        *(1.7837804639416142, 0.3241118662065507, 0.18750362204593082, 0.7340608406949436),
        *(0.8484620091900335, 0.4985470846431815, 0.870679120444804, 2.101490050623524),
        *(0.49783053618211009, 1.962706703662131, 1.0949289573268002, 0.45883145861230423),
        *(2.2923386473988114, 2.7849256010365417, 0.73148557590083596, 1.4929731181234274),
        *(1.0013626719215774, 1.6273398718171947, 0.5657860062757254, 0.4807812858921121),
    ]
)
LIMMA_POSTERIOR = np.array(
    [
        *(1.1346316090723296, 1.0235740856472144, 1.0131803748422601, 1.0547646708992309),
        *(1.0634687770708084, 1.0368458264983575, 1.0651591452526299, 1.158804246560085),
        *(1.0367913085772185, 1.1482450450878487, 1.0822209848724207, 1.033824100145464),
        *(1.1733247839888614, 1.2108028027853293, 1.0545687342800276, 1.1125058034815865),
        *(1.0751020813423211, 1.1227289725756238, 1.0419616371185716, 1.0354941322769402),
    ]
)
RATIOS = np.array(
    [
        *(0.3023252025, 1.2587139908, 2.0240947459, 1.3173359749, 1.2939746590, 0.9484067115),
        *(0.6144731318, 0.8902037123, 1.6434385372, 1.5338456384, 1.8693396370, 2.4611664510),
        *(0.6339772052, 1.7349622569, 1.0498928060, 0.4700235680, 0.9619671454, 1.5599374206),
        *(0.7175155448, 1.0636044970, 1.3053827692, 2.3189475705, 1.3580619393, 0.9517491154),
        *(0.4346987852, 2.2143189809, 2.9474034257, 1.1991277120, 1.1784342356, 1.5785961856),
        *(1.7796216292, 0.7497276933, 1.0536395436, 0.4304761207, 1.6601774958, 1.2771936358),
        *(0.4660376172, 0.7939864210, 1.1773795372, 1.2395685900, 0.4698224322, 1.4858828634),
        *(1.6126603974, 0.4268711756, 2.0034615522, 2.4145616290, 3.0194248817, 3.0159052576),
        *(8.0343270926, 0.1349827166, 1.6427943654, 1.1641007130, 1.4911776412, 0.7667033328),
        *(1.4521154625, 1.6509375300, 0.2427000367, 1.4791928651, 1.1217945174, 1.3626624362),
        *(0.3395967210, 0.3411528659, 1.2846832678, 0.7444770925, 2.7931665832, 0.4325810218),
        *(1.8698561981, 1.3895517561, 0.8752549693, 1.2515572943, 0.8944724373, 1.0470104357),
        *(2.4232153062, 1.7072766277, 1.2815027503, 0.8861845946, 0.7536091952, 0.4645842913),
        *(0.4151749940, 0.4699573584, 0.4987366563, 0.4744811896, 0.6574968776, 1.1703813632),
        *(0.9675103364, 3.1811230382, 1.7676684213, 2.3023718076, 1.0511880790, 1.1018508289),
        *(0.6644859387, 1.2717064171, 0.2842714822, 0.6006181597, 0.6261063179, 0.5802336024),
        *(0.7383878058, 1.6227135882, 0.5947001251, 0.9186495898),
    ]
)
LIMMA_SCALE, LIMMA_DEGREES = 1.1056298866365792, 14.544682227013734

many_variances = arrays(np.float64, 30, elements=st.floats(1e-3, 1e3))


def known(prior: Prior | None) -> Prior:
    assert prior is not None
    return prior


def test_the_prior_is_that_of_limma():
    prior = known(fit_prior(RATIOS, np.full(100, 8.0)))
    assert prior.variance == pytest.approx(LIMMA_SCALE, rel=1e-8)
    assert prior.degrees == pytest.approx(LIMMA_DEGREES, rel=1e-6)


def test_the_moderated_variances_are_those_of_limma():
    degrees = np.full(20, 5.0)
    prior = known(fit_prior(OWN, degrees))
    assert moderate(prior, OWN, degrees) == pytest.approx(LIMMA_POSTERIOR, rel=1e-10)


def test_the_equations_of_smyth_hold_with_unequal_degrees_of_freedom():
    degrees = np.resize([2.0, 4.0, 8.0], 100)
    prior = known(fit_prior(RATIOS**2, degrees))
    centred = np.log(RATIOS**2) - special.digamma(degrees / 2) + np.log(degrees / 2)
    excess = centred.var(ddof=1) - special.polygamma(1, degrees / 2).mean()
    assert special.polygamma(1, prior.degrees / 2) == pytest.approx(excess, rel=1e-9)
    half = prior.degrees / 2
    expected = centred.mean() + special.digamma(half) - np.log(half)
    assert np.log(prior.variance) == pytest.approx(expected, rel=1e-9)


def test_a_known_prior_is_found_again_in_many_cases():
    rng = np.random.default_rng(3)
    true = 4.0 * 10 / rng.chisquare(10, 20_000)
    prior = known(fit_prior(true * rng.chisquare(6, 20_000) / 6, np.full(20_000, 6.0)))
    assert prior.degrees == pytest.approx(10, rel=0.1)
    assert prior.variance == pytest.approx(4.0, rel=0.02)


def test_cases_that_differ_by_chance_alone_have_the_pooled_variance():
    degrees = np.array([4.0, 4.0, 2.0])
    prior = known(fit_prior(np.array([1.0, 1.1, 0.9]), degrees))
    assert math.isinf(prior.degrees)
    assert prior.variance == pytest.approx((4 * 1.0 + 4 * 1.1 + 2 * 0.9) / 10)
    assert moderate(prior, np.array([1.0, 1.1, 0.9]), degrees) == pytest.approx(prior.variance)


def test_no_prior_knows_more_than_all_cases_together():
    degrees = np.array([4.0, 4.0, 2.0])
    assert moderated_degrees(Prior(1.0, math.inf), degrees) == pytest.approx(10.0)
    assert moderated_degrees(Prior(1.0, 3.0), degrees) == pytest.approx([7.0, 7.0, 5.0])


def test_cases_without_degrees_of_freedom_take_the_prior_and_give_nothing_to_it():
    some = np.append(np.full(100, 8.0), 0.0)
    prior = known(fit_prior(np.append(RATIOS, 0.0), some))
    assert prior.degrees == pytest.approx(LIMMA_DEGREES, rel=1e-6)
    assert moderate(prior, np.array([0.0]), np.array([0.0])) == pytest.approx(prior.variance)


@pytest.mark.parametrize("variances", [[], [1.0], [0.0, 0.0, 1.0]])
def test_too_little_spread_has_no_prior(variances):
    own = np.array(variances)
    assert fit_prior(own, np.full(own.shape, 4.0)) is None


def test_a_case_without_spread_among_others_does_not_break_the_fit():
    prior = known(fit_prior(np.append(RATIOS, 0.0), np.full(101, 8.0)))
    assert 0 < prior.degrees < LIMMA_DEGREES
    assert prior.variance > 0


@pytest.mark.parametrize("variance", [-1.0, math.nan, math.inf])
def test_what_is_no_variance_is_refused(variance):
    with pytest.raises(ValueError, match="variance"):
        fit_prior(np.array([1.0, variance]), np.array([3.0, 3.0]))


@given(own=many_variances)
def test_moderated_variances_lie_between_the_own_and_the_prior(own):
    degrees = np.full(30, 4.0)
    prior = known(fit_prior(own, degrees))
    found = moderate(prior, own, degrees)
    low, high = np.minimum(own, prior.variance), np.maximum(own, prior.variance)
    assert ((found >= low * (1 - 1e-9)) & (found <= high * (1 + 1e-9))).all()


@given(own=many_variances, power=st.integers(-20, 20))
def test_scaling_the_unit_scales_the_prior(own, power):
    degrees = np.full(30, 4.0)
    plain, scaled = (known(fit_prior(own * factor, degrees)) for factor in (1.0, 2.0**power))
    assert scaled.variance == pytest.approx(plain.variance * 2.0**power, rel=1e-6)
    assert scaled.degrees == pytest.approx(plain.degrees, rel=1e-6)


@given(variance=st.floats(0.01, 100), degrees=st.integers(1, 50), beyond=st.floats(0.5, 1000))
def test_the_tail_of_a_variance_is_that_of_f(variance, degrees, beyond):
    found = variance_tail(variance, degrees, Prior(1.0, beyond))
    assert found == pytest.approx(stats.f.sf(variance, degrees, beyond), rel=1e-8, abs=1e-12)


def test_the_tail_with_an_infinite_prior_is_that_of_chi_squared():
    found = variance_tail(3.0, 4.0, Prior(1.0, math.inf))
    assert found == pytest.approx(stats.chi2.sf(12.0, 4), rel=1e-4)


@pytest.mark.parametrize(("variance", "degrees"), [(0.0, 4.0), (1.0, 0.0)])
def test_without_spread_or_degrees_nothing_is_unlikely(variance, degrees):
    assert variance_tail(variance, degrees, Prior(1.0, 4.0)) == 1.0
