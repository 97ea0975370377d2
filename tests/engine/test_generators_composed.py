"""Compositions carry their parts over unchanged, name them, and nest within limits."""

import numpy as np
import pytest

from engine.component import Invalid
from engine.connectomes import AreasWiring, ComposedWiring, MeasuredWiring, Part, RandomWiring, SpatialWiring
from engine.randomness import numpy_stream


def test_parts_lie_side_by_side_under_their_names_with_labels_and_positions() -> None:
    parts = (Part(name="brain", wiring=MeasuredWiring()), Part(name="sheet", wiring=SpatialWiring(units=30)))
    made = ComposedWiring(parts=parts, keep_areas=True, forward=0.2, backward=0.0).wire(numpy_stream(0))
    assert made.n == 114
    assert made.names[-1] == "sheet/u30"
    assert {"brain/frontal", "sheet/all"} <= set(made.area_names)
    assert made.labels["part"].count("sheet") == 30
    assert set(made.labels["hemisphere"][84:]) == {""}
    assert made.positions_um[:84, 0].max() < made.positions_um[84:, 0].min()
    assert not made.mask[:84, 84:].any()
    forward = made.mask[84:, :84][:, made.signs[:84] > 0]
    assert forward.mean() == pytest.approx(0.2, abs=0.03)
    assert not made.mask[84:, :84][:, made.signs[:84] < 0].any()
    for block in (made.weights[:84, :84], made.weights[84:, 84:]):
        assert np.abs(block[block != 0]).mean() == pytest.approx(1)
    one = ComposedWiring(parts=parts).wire(numpy_stream(0))
    assert one.area_names == ("brain", "sheet")


def test_another_part_leaves_the_others_and_their_steps_as_they_were() -> None:
    parts = (Part(name="a", wiring=RandomWiring(units=20, steps=({"kind": "reversed"},), signs={"kind": "unsigned"})),)
    alone = ComposedWiring(parts=parts).wire(numpy_stream(0))
    more = ComposedWiring(parts=(*parts, Part(name="b"))).wire(numpy_stream(0))
    assert np.array_equal(more.mask[:20, :20], alone.mask)
    assert any(line.startswith("a: Every connection reversed") for line in more.provenance)


def test_a_fault_inside_a_part_names_the_part_and_its_address() -> None:
    inner = AreasWiring(densities=((0.1,),))
    wiring = ComposedWiring(parts=(Part(name="x"), Part(name="y", wiring=inner)))
    with pytest.raises(Invalid, match="Part 'y': The table of densities must have 3 x 3") as error:
        wiring.wire(numpy_stream(0))
    assert error.value.address == "wiring.parts.1.wiring.densities"


def test_compositions_nest_three_deep_and_no_deeper_and_addresses_reach_inside() -> None:
    wiring = ComposedWiring(parts=(Part(name="p", wiring=RandomWiring(units=3, density=1.0)),))
    for _ in range(2):
        wiring = ComposedWiring(parts=(Part(name="p", wiring=wiring), Part(name="q", wiring=RandomWiring(units=2))))
    assert wiring.wire(numpy_stream(0)).names[0] == "p/p/p/u1"
    changed = wiring.with_value("parts.0.wiring.parts.0.wiring.parts.0.wiring.units", 4)
    assert changed.wire(numpy_stream(0)).n == 8
    assert ComposedWiring.read(changed.changes()) == changed
    with pytest.raises(Invalid, match="3 deep") as error:
        ComposedWiring(parts=(Part(name="p", wiring=wiring),)).wire(numpy_stream(0))
    assert error.value.address == "wiring.parts"
    text = '{"parts":[{"wiring":{"kind":"composed",' * 5000
    with pytest.raises(Invalid):
        ComposedWiring.read(text)


def test_parts_together_may_not_have_more_units_than_a_matrix_can_hold() -> None:
    sparse = RandomWiring(units=2001, density=0.0)
    parts = tuple(Part(name=str(k), wiring=sparse) for k in range(5))
    with pytest.raises(Invalid, match="10005 units are more than the 10000") as error:
        ComposedWiring(parts=parts).wire(numpy_stream(0))
    assert error.value.address == "wiring.parts"
