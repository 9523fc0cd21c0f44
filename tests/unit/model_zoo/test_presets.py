import pytest

from model_zoo.build import build_on_meta
from model_zoo.presets import PRESETS, preset
from model_zoo.solve import parameter_count

PUBLISHED = {
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "mobilenet_v2_035": 1_677_128,
    "mobilenet_v2_050": 1_968_680,
    "mobilenet_v2_075": 2_636_424,
    "mobilenet_v2": 3_504_872,
    "mobilenet_v2_140": 6_108_776,
    "vit_ti_16": 5_717_416,
    "vit_s_16": 22_050_664,
    "vit_b_16": 86_567_656,
    "vit_l_16": 304_326_632,
    "vit_h_14": 632_045_800,
    "bert-tiny": 4_385_920,
    "bert-mini": 11_170_560,
    "bert-small": 28_763_648,
    "bert-medium": 41_373_184,
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "pythia-14m": 14_067_712,
    "pythia-31m": 30_494_720,
    "pythia-70m": 70_426_624,
    "pythia-160m": 162_322_944,
    "pythia-410m": 405_334_016,
    "pythia-1b": 1_011_781_632,
    "pythia-1.4b": 1_414_647_808,
    "pythia-2.8b": 2_775_208_960,
    "pythia-6.9b": 6_857_302_016,
    "pythia-12b": 11_846_072_320,
}


def test_every_published_network_is_there_once():
    assert {known.name: known.parameter_count for known in PRESETS} == PUBLISHED
    assert len(PRESETS) == len(PUBLISHED)


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.name)
def test_the_published_count_is_ours(known):
    spec = preset(known.name)
    assert (spec.preset, spec.family, spec.slug) == (known.name, known.family, known.name)
    assert parameter_count(spec) == known.parameter_count
    assert build_on_meta(spec).parameter_count == known.parameter_count


def test_every_preset_has_its_source():
    assert all("count" in known.source and "(20" in known.source for known in PRESETS)


def test_an_unknown_preset_lists_the_nearest():
    with pytest.raises(ValueError, match="nearest are resnet50"):
        preset("resnet5")
