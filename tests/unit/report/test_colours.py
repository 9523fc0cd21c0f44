import pytest

from harness.report.colours import COLOURS, SHAPES, chosen
from harness.report.html.theme import contrasts, light, style_sheet


def luminance(colour):
    """Relative luminance. Source: W3C, WCAG 2.2 (2023), 'relative luminance'."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio. Source: W3C, WCAG 2.2 (2023), 'contrast ratio'."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_on_its_paper_in_light_and_in_dark():
    (on_light, on_dark) = list(contrasts())[:2]
    assert contrast(*on_light) >= 7
    assert contrast(*on_dark) >= 7


@pytest.mark.parametrize("place", range(1, 8))
def test_every_colour_stands_out_on_dark_paper(place):
    assert contrast(*list(contrasts())[2 * place + 1]) >= 4.5


def test_a_backend_has_its_colour_and_shape_whatever_else_is_said_of_it():
    assert chosen(["onnxruntime, cpu", "eager, cpu"], COLOURS) == [COLOURS[2], COLOURS[0]]
    assert chosen(["onnxruntime"], SHAPES) == [SHAPES[2]]


def test_two_lines_of_one_backend_differ():
    assert len(set(chosen(["eager, threads 1", "eager, threads 2"], COLOURS))) == 2


def test_more_lines_than_colours_start_over():
    many = [f"line {place}" for place in range(9)]
    assert chosen(many, COLOURS)[7] == COLOURS[0]


def test_print_is_light():
    dark = style_sheet().partition("@media")[2]
    assert dark.startswith(" screen and (prefers-color-scheme: dark)")


def test_each_name_of_a_colour_has_its_colour_for_pictures():
    assert light()["var(--c-0072b2)"] == "#0072b2"
