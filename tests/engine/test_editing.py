"""Edits by hand become the fewest steps that do the same."""

import numpy as np
import pytest

from engine.connectomes.areas import AreasWiring
from engine.connectomes.editing import added, appended, assigned, flipped, on_blocks, removed
from engine.connectomes.steps import ScaleBlock, SetBlockWeights, SetDensity


def made():
    return AreasWiring().wire(np.random.default_rng(0))


def done(connectome, steps):
    for step, rng in zip(steps, np.random.default_rng(1).spawn(len(steps)), strict=True):
        connectome = step.change(connectome, rng)
    return connectome


def region(connectome, rows, columns):
    pairs = np.zeros(connectome.mask.shape, bool)
    pairs[rows, columns] = True
    return pairs


def test_a_rectangle_of_blocks_is_one_step():
    first, second = made().area_names[:2]
    (step,) = on_blocks(SetDensity(density=0.7), [(first, ""), (second, "")], [(first, "E")])
    assert (set(step.post_areas), step.post_types) == ({first, second}, ())
    assert (step.pre_areas, step.pre_types, step.density) == ((first,), ("E",), 0.7)


def test_blocks_that_are_no_rectangle_take_as_many_steps_as_there_are_rectangles():
    steps = on_blocks(SetDensity(), [("A", "E"), ("A", "I"), ("B", "E")], [("A", "E")])
    found = {(area, type_) for s in steps for area in s.post_areas for type_ in s.post_types}
    assert len(steps) == 2
    assert found == {("A", "E"), ("A", "I"), ("B", "E")}


def test_added_pairs_exist_afterwards_and_self_connections_are_not_painted():
    connectome = made()
    pairs = region(connectome, slice(0, 20), slice(0, 20))
    after = done(connectome, added(connectome, pairs, 0.5, 1.0, np.random.default_rng(2)))
    assert (after.mask[:20, :20] | np.eye(20, dtype=bool)).all()
    assert np.array_equal(np.diag(after.mask), np.diag(connectome.mask))
    assert np.array_equal(after.mask[20:], connectome.mask[20:])
    assert np.allclose(np.abs(after.weights[after.mask & ~connectome.mask]), 0.5)


def test_a_brush_adds_about_the_share_that_it_is_set_to():
    connectome = made()
    pairs = np.ones_like(connectome.mask)
    free = int((~connectome.mask & ~np.eye(connectome.n, dtype=bool)).sum())
    (step,) = added(connectome, pairs, 1.0, 0.25, np.random.default_rng(3))
    assert abs(len(step.pre) / free - 0.25) < 4 * np.sqrt(0.25 * 0.75 / free)


def test_what_is_removed_is_gone_and_nothing_else():
    connectome = made()
    pairs = region(connectome, slice(5, 30), slice(10, 40))
    after = done(connectome, removed(connectome, pairs, 1.0, np.random.default_rng(2)))
    assert np.array_equal(after.mask, connectome.mask & ~pairs)


def test_nothing_to_do_makes_no_step():
    connectome = made()
    nothing = np.zeros_like(connectome.mask)
    assert added(connectome, nothing, 1.0, 1.0, np.random.default_rng(0)) == ()
    assert removed(connectome, nothing, 1.0, np.random.default_rng(0)) == ()


def block(step):
    return on_blocks(step, [("A", "")], [("B", "")])


def test_the_last_density_of_a_block_holds_and_factors_multiply():
    assert appended(block(SetDensity(density=0.2)), block(SetDensity(density=0.9))) == block(SetDensity(density=0.9))
    weights = appended(block(SetBlockWeights(strength=2)), block(SetBlockWeights(strength=3)))
    assert weights == block(SetBlockWeights(strength=3))
    assert appended(block(ScaleBlock(factor=2)), block(ScaleBlock(factor=3))) == block(ScaleBlock(factor=6))


def test_blocks_of_one_density_beside_each_other_become_one_step():
    one = on_blocks(SetDensity(density=0.4), [("A", "")], [("B", "")])
    other = on_blocks(SetDensity(density=0.4), [("A", "")], [("C", "")])
    assert appended(one, other) == on_blocks(SetDensity(density=0.4), [("A", "")], [("B", ""), ("C", "")])
    apart = on_blocks(SetDensity(density=0.4), [("D", "")], [("C", "")])
    assert len(appended(one, apart)) == 2


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.5, 0.8)])
def test_two_strokes_of_a_brush_are_one_list_that_does_the_same(weights):
    connectome, rng = made(), np.random.default_rng(4)
    first = added(connectome, region(connectome, slice(0, 9), slice(0, 9)), weights[0], 0.5, rng)
    between = done(connectome, first)
    second = added(between, region(connectome, slice(0, 14), slice(5, 14)), weights[1], 0.5, rng)
    merged = appended(first, second)
    assert len(merged) == 1
    assert np.array_equal(done(connectome, merged).weights, done(between, second).weights)


def test_two_removals_are_one_list_that_does_the_same():
    connectome, rng = made(), np.random.default_rng(4)
    first = removed(connectome, region(connectome, slice(0, 9), slice(0, 9)), 0.5, rng)
    second = removed(done(connectome, first), region(connectome, slice(0, 14), slice(5, 14)), 0.5, rng)
    merged = appended(first, second)
    assert len(merged) == 1
    assert np.array_equal(done(connectome, merged).weights, done(connectome, (*first, *second)).weights)


def test_units_flipped_twice_are_as_they_were():
    connectome = made()
    once = (flipped(connectome, (0, 1)),)
    assert appended(once, [flipped(connectome, (0, 1))]) == ()
    (left,) = appended(once, [flipped(connectome, (1, 2))])
    assert left.units == (connectome.names[0], connectome.names[2])


def test_the_last_area_that_a_unit_was_put_into_holds():
    connectome = made()
    steps = appended((assigned(connectome, (0, 1), "new"),), [assigned(connectome, (1,), "other")])
    assert len(steps) == 1
    assert done(connectome, steps).areas[:2] == ("new", "other")


def test_steps_of_different_kinds_stay_apart_and_in_order():
    connectome = made()
    steps = appended(block(SetDensity()), [flipped(connectome, (0,)), *block(SetDensity())])
    assert [step.kind for step in steps] == ["set_density", "flip_signs", "set_density"]
