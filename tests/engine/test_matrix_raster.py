"""The picture of any window of a large matrix is what a slow look at every pair would give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.matrix_raster import AGGREGATORS, matrix_raster
from engine.connectomes.sparse_wiring import rows_of


def sparse(n: int = 40, density: float = 0.1, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, n)) * (rng.random((n, n)) < density)).astype(np.float32).astype(float)


def slowly(weights: np.ndarray, box, per_pixel, by: str) -> np.ndarray:
    """Pair after pair."""
    (left, right, top, bottom), (down, across) = box, per_pixel
    picture = np.full(((bottom - top) // down, (right - left) // across), np.nan)
    for r in range(picture.shape[0]):
        for c in range(picture.shape[1]):
            rows = slice(top + r * down, top + (r + 1) * down)
            inside = weights[rows, left + c * across : left + (c + 1) * across]
            values = inside[inside != 0]
            if len(values):
                strongest = values[np.abs(values).argmax()]
                picture[r, c] = {"count": len(values), "mean": values.mean(), "strongest": strongest}[by]
    return picture


@settings(max_examples=120, deadline=None)
@given(
    n=st.integers(1, 70),
    pixels=st.integers(2, 40),
    ends=st.tuples(*[st.floats(-0.2, 1.2)] * 4),
    density=st.sampled_from([0.0, 0.05, 0.6]),
    by=st.sampled_from(list(AGGREGATORS)),
)
def test_every_window_equals_the_slow_reference(n, pixels, ends, density, by):
    weights = sparse(n, density)
    left, right = sorted(end * n for end in ends[:2])
    top, bottom = sorted(end * n for end in ends[2:])
    found = matrix_raster(weights).picture((left, right, top, bottom), pixels, by)
    assert np.allclose(found.pixels, slowly(weights, found.box, found.per_pixel, by), equal_nan=True, rtol=1e-5)
    assert max(found.pixels.shape) <= pixels + 1
    if 0 <= left < right <= n:
        assert found.box[0] <= left
        assert found.box[1] >= right


def test_a_wide_window_is_put_together_from_coarser_cells_with_the_same_result():
    weights, window = sparse(200), (0, 200, 0, 200)
    found = matrix_raster(weights).picture(window, 30, "mean")
    assert found.from_pyramid
    assert found.per_pixel == (8, 8)
    assert np.allclose(found.pixels, slowly(weights, found.box, (8, 8), "mean"), equal_nan=True, rtol=1e-5)
    assert not matrix_raster(weights).picture((0, 20, 0, 20), 30, "mean").from_pyramid


@pytest.mark.parametrize("by", list(AGGREGATORS))
def test_with_a_pixel_per_pair_every_aggregator_keeps_every_connection_in_its_place(by):
    weights = sparse()
    picture = matrix_raster(weights).picture((0, 40, 0, 40), 40, by).pixels
    assert (np.isfinite(picture) == (weights != 0)).all()
    if by != "count":
        assert np.allclose(picture[weights != 0], weights[weights != 0])


def test_the_strongest_weight_of_a_pixel_keeps_its_sign():
    weights = np.zeros((4, 4))
    weights[0, 0], weights[1, 1] = 1.0, -2.0
    picture = matrix_raster(weights).picture((0, 4, 0, 4), 2, "strongest").pixels
    assert picture[0, 0] == -2.0
    assert np.isnan(picture[1, 1])


def test_a_list_in_another_order_gives_the_picture_of_the_ordered_matrix():
    weights, order = sparse(60), np.random.default_rng(1).permutation(60)
    post, pre = np.nonzero(weights)
    listed = matrix_raster(rows_of(post, pre, weights[post, pre], 60), order)
    ordered = matrix_raster(weights[np.ix_(order, order)])
    for window in ((0, 60, 0, 60), (3, 20, 30, 41)):
        same = [raster.picture(window, 12, "strongest").pixels for raster in (listed, ordered)]
        assert np.array_equal(*same, equal_nan=True)


def test_a_connection_of_weight_zero_in_a_list_counts_as_a_connection():
    listed = rows_of(np.array([1]), np.array([0]), np.array([0.0]), 3)
    assert matrix_raster(listed).picture((0, 3, 0, 3), 3, "count").pixels[1, 0] == 1
