"""Space: units from three sides, coloured by what they are; words where there are no coordinates."""

import numpy as np

from app.session import Selection
from app.views.units_in_space import BY, NOWHERE
from tests.app.test_explore_column import column, opened, small

PLACED = {"wiring.kind": "spatial", "wiring.units": 20, "wiring.dimensions": 3, "task.kind": "one_choice_inference"}


def test_units_lie_where_the_wiring_has_them_in_all_colours_and_share_the_selection():
    explore = column(small().with_values({**PLACED, "training.evaluation_trials": 32}))
    view = opened(explore, "Space")
    places = explore.subject.connectome.positions_um
    seen = set()
    for by in BY.values():
        view.by.value = by
        assert not view.fault.object, view.fault.object
        np.testing.assert_array_equal(np.stack([view._units.data[a] for a in "xyz"], 1), places)
        assert len(view.pictures.objects) == (4 if by == "preference" else 3)
        seen.add(tuple(view._units.data["colour"]))
    assert len(seen) >= 4
    explore.session.selection = Selection((3, 5), "two")
    view.mark((3, 5))
    assert view._units.selected.indices == [3, 5]
    view._units.selected.indices = [7]
    assert explore.session.selection.units == (7,)
    plots = view.planes
    assert plots["x and y"].y_range is plots["z and y"].y_range
    assert plots["x and y"].x_range is plots["x and z"].x_range


def test_without_coordinates_it_says_so_and_still_tells_what_units_prefer():
    view = opened(column(small(task__kind="one_choice_inference")), "Space")
    assert NOWHERE in view.summary.object
    assert not view.pictures.objects
    view.by.value = "preference"
    assert "Mixed selectivity" in view.summary.object
    assert view.pictures.objects == [view._mixed_pane]
