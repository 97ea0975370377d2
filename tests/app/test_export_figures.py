"""Exported figures: the stated size, text that stays text, the recipe inside, and the numbers as CSV."""

import csv
import io
import re
import struct

import numpy as np
import pytest

from app.export import rendered, table
from app.figures import Twin, curve, guide, signed_matrix
from engine.component import Invalid


def draw(figure):
    left, right = figure.subplots(1, 2)
    signed_matrix(left, np.linspace(-1, 1, 400).reshape(20, 20), 1.0)
    curve(right, np.arange(3.0), np.array([3.0, 2.0, 1.0]), "#0072b2", "loss")
    guide(right, 2, "chance 50 %")
    right.set(xlabel="training step", ylabel="loss (nats)")


@pytest.fixture
def twin():
    return Twin("Loss of one run", draw, {"step": [0, 1, 2], "loss": np.array([3.0, np.nan, 1.0])}, "eJyrVg", 0.5)


def test_svg_has_the_stated_size_editable_text_and_the_experiment(twin):
    svg = rendered(twin, "svg", 89, 50).decode()
    points = [float(size) for size in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()]
    assert points == pytest.approx([89 / 25.4 * 72, 50 / 25.4 * 72], abs=0.1)
    assert ">loss (nats)</text>" in svg
    assert "eJyrVg" in svg


def test_heat_maps_are_one_raster_inside_vector_axes(twin):
    svg = rendered(twin, "svg").decode()
    assert svg.count("<image") == 2
    assert svg.count("<path") < 100


def test_png_is_drawn_at_300_dots_per_inch(twin):
    png = rendered(twin, "png", 183, 90)
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == pytest.approx((183 / 25.4 * 300, 90 / 25.4 * 300), abs=1)
    assert b"eJyrVg" in png


def test_pdf_embeds_fonts_that_can_be_edited(twin):
    pdf = rendered(twin, "pdf")
    assert pdf.startswith(b"%PDF")
    assert b"/Type3" not in pdf
    assert b"/FontFile2" in pdf or b"/CIDFontType2" in pdf


def test_equal_figures_are_equal_files(twin):
    for form in ("svg", "png", "pdf", "csv"):
        assert rendered(twin, form) == rendered(twin, form)


def test_csv_holds_the_numbers_and_leaves_empty_what_is_no_number(twin):
    rows = list(csv.reader(io.StringIO(rendered(twin, "csv").decode())))
    assert rows == [["step", "loss"], ["0", "3"], ["1", ""], ["2", "1"]]


def test_columns_of_different_length_are_filled_up():
    assert table({"a": [1], "b": ["x", "y, z"]}).decode() == 'a,b\n1,x\n,"y, z"\n'


@pytest.mark.parametrize("size", [(5, 50), (89, 5000), (None, 50)])
def test_a_size_that_no_page_has_is_refused_in_a_sentence(twin, size):
    with pytest.raises(Invalid, match="must be 20 to 1000 mm"):
        rendered(twin, "png", size[0], size[1])


def test_a_dollar_in_a_name_begins_no_formula_and_powers_of_ten_stay_powers():
    def draw(figure):
        axes = figure.add_subplot(title=r"$\foo$ run", xlabel="$$", yscale="log", ylim=(1e-3, 1))
        axes.plot([0, 1], [0.01, 1], label=r"$\bar$")
        axes.set_xticks([0, 1], [r"$\a$", "b"])
        axes.legend()

    svg = rendered(Twin("t", draw, {"x": [1]}), "svg").decode()
    assert r"$\foo$ run" in svg
    assert r"$\a$" in svg
    assert "mathdefault" not in re.sub("<!--.*?-->", "", svg)
