"""Random specs of every family, small enough to build."""

from hypothesis import strategies as st

from model_zoo.families import FAMILIES
from model_zoo.spec import ModelSpec


def _sizes(**ranges):
    return st.fixed_dictionaries(
        {name: st.integers(low, high) for name, (low, high) in ranges.items()}
    )


def _with_heads(sizes):
    return {**sizes, "width": sizes["heads"] * sizes["width"]}


_BLOCKS = {"depth": (1, 3), "feed_forward": (1, 40), "heads": (1, 4), "width": (1, 9)}
_TEXT = {"tokens": (1, 8), "positions": (8, 12), "vocabulary": (2, 50)}
_IMAGE = {"image_channels": (1, 4), "classes": (1, 12)}
SIZES = {
    "mlp": _sizes(
        input_size=(1, 50),
        hidden_size=(1, 50),
        last_size=(1, 50),
        num_layers=(1, 5),
        classes=(1, 9),
    ),
    "cnn": _sizes(
        **_IMAGE,
        channels=(1, 6),
        dense_size=(1, 30),
        image_size=(22, 40),
        stage_layers=(1, 3),
        stages=(1, 3),
    ),
    "resnet": st.sampled_from((1, 4)).flatmap(
        lambda expansion: _sizes(
            **_IMAGE,
            **{f"blocks_{stage}": (1, 3) for stage in (1, 2, 3, 4)},
            **{f"inner_{stage}": (1, 9) for stage in (1, 2, 3, 4)},
            expansion=(expansion, expansion),
            image_size=(32, 50),
            width=(1, 6),
        )
    ),
    "mobilenet": _sizes(
        **_IMAGE,
        depth=(1, 25),
        divisor=(1, 8),
        expansion=(2, 6),
        head_channels=(1, 40),
        image_size=(32, 50),
        width=(20, 600),
    ),
    "vit": _sizes(**_IMAGE, **_BLOCKS, image_size=(16, 40), patch_size=(2, 8)).map(_with_heads),
    "encoder": _sizes(**_BLOCKS, **_TEXT, token_types=(1, 3)).map(_with_heads),
    "decoder": st.one_of(
        _sizes(**_BLOCKS, **_TEXT, parallel=(0, 1), rotary=(0, 0), tied=(0, 1)).map(_with_heads),
        _sizes(**{**_BLOCKS, "width": (4, 9)}, **_TEXT, parallel=(0, 1), rotary=(2, 2), tied=(0, 1))
        .map(_with_heads)
        .map(lambda sizes: {**sizes, "positions": 0}),
    ),
    "lstm": _sizes(
        input_size=(1, 9),
        hidden_size=(1, 20),
        dense_size=(1, 20),
        num_layers=(1, 3),
        sequence_length=(1, 9),
        classes=(1, 9),
    ),
}


@st.composite
def specs(draw):
    family = draw(st.sampled_from(tuple(FAMILIES)))
    return ModelSpec.of(family, draw(SIZES[family]))
