"""Compare wirings: what can be compared, and what each panel says of two wirings."""

import numpy as np
import pytest

from app.compared import SOURCE, THIS, choices, pair, side
from app.export import rendered
from app.pages.compare import Compare
from app.session import Session
from app.views.compare_panels import PANELS
from app.views.line_raster import line_counts, shaded
from engine.component import Invalid
from engine.connectomes.steps import RemoveSelfConnections
from engine.experiments.experiment import Experiment

NULL = "null:weight_shuffle"


@pytest.fixture(scope="module")
def compare() -> Compare:
    made = Compare(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    made.open()
    return made


def shown(compare: Compare, panel: str, first: str = THIS, second: str = NULL):
    compare.first.value, compare.second.value, compare.choice.value = first, second, panel
    return compare.panel


def test_everything_that_can_be_compared_is_offered():
    offered = [choice for group in choices().values() for choice in group.values()]
    assert {THIS, SOURCE, "connectome:worm_cook2019", "wiring:ring", "null:degree_preserving"} <= set(offered)


def test_nothing_is_made_before_the_dialog_is_opened():
    compare = Compare(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    assert compare.choice is None
    assert compare.panels == {}


@pytest.mark.parametrize("panel", [of.title for of in PANELS])
def test_every_panel_draws_two_wirings_and_says_which(compare, panel):
    view = shown(compare, panel)
    assert view.shown is not None, view.fault.object
    assert "A: This experiment" in view.summary.object


@pytest.mark.parametrize("panel", [of.title for of in PANELS if of.title != "Difference"])
def test_wirings_without_a_common_unit_are_compared_too(compare, panel):
    view = shown(compare, panel, THIS, "connectome:worm_cook2019")
    assert view.shown is not None, view.fault.object


def test_matrices_without_a_common_unit_have_scales_of_their_own(compare):
    view = shown(compare, "Matrix", "connectome:human_dk84", "connectome:worm_cook2019")
    for made, of in zip(view.given.drawn, view.given.sides, strict=True):
        assert made.extent == np.abs(of.wiring.weights.data).max()
    assert "each on its own scale" in view.summary.object
    assert "one scale for all" in shown(compare, "Matrix").summary.object


def test_without_a_common_unit_the_difference_says_why_there_is_none(compare):
    view = shown(compare, "Difference", THIS, "connectome:worm_cook2019")
    assert "share no unit" in view.fault.object


def test_names_that_two_species_share_by_chance_are_told_as_such(compare):
    both = "connectome:worm_cook2019", "connectome:fly_larva_mb"
    for panel in ("Numbers", "Matrix", "Difference"):
        assert (
            "Only 4 of 209 units have a name that is in both (I3, I4, I5, I6)"
            in shown(compare, panel, *both).summary.object
        )
    weights = shown(compare, "Weights", *both)
    assert "No weight is negative" in weights.summary.object
    assert len(weights.rows[True].objects) == 1
    assert len(shown(compare, "Weights").rows[True].objects) == 2


def test_thousands_of_links_come_with_their_units(compare):
    view = shown(compare, "Network", "connectome:worm_cook2019", "connectome:fly_larva_mb")
    assert all(net.picture.any() for net in view.given.nets)
    assert "Kenyon cell" in view.keys[1].object
    assert len(view.row.objects) == 2


def test_the_first_comparison_shows_what_degrees_and_weights_alone_would_give(compare):
    fresh = Compare(compare.session)
    fresh.open()
    assert (fresh.first.value, fresh.second.value) == (THIS, "null:degree_preserving")
    assert "every unit keeps its number of inputs and of outputs" in fresh.about.object
    assert "numbers are equal in A and B" in fresh.panel.summary.object
    assert any(row.difference for row in fresh.panel.given.rows)


def test_panels_say_what_is_the_same_in_both(compare):
    same = "inputs of a unit, outputs of a unit"
    assert f"The same in A and B: {same}." in shown(compare, "Degrees").summary.object
    assert "A and B have the same weights" in shown(compare, "Weights").summary.object
    assert "The same in A and B" not in shown(compare, "Degrees", THIS, "connectome:worm_cook2019").summary.object
    shown(compare, "Numbers", THIS, SOURCE)
    assert "A and B are the same wiring" in compare.about.object


def test_the_source_of_an_experiment_is_its_wiring_without_steps():
    experiment = Experiment().with_value("wiring.steps", (RemoveSelfConnections(),))
    assert side(SOURCE, experiment).key == side(THIS, Experiment()).key


def test_the_change_is_b_less_a_connection_by_connection():
    found = pair(THIS, NULL, Experiment())
    change = found.change().wiring.weights.toarray()
    assert np.allclose(change, found.second.wiring.weights.toarray() - found.first.wiring.weights.toarray())


def test_every_number_goes_into_one_csv(compare):
    view = shown(compare, "Numbers")
    rows = rendered(view._twin(view.subject, view.given), "csv").decode().splitlines()
    assert rows[0] == "group,measure,unit,a,b,b_less_a,absent"
    names = {row.split(",")[1] for row in rows}
    assert {"Reciprocity", "Isolated units", "Strong components", "Modularity Q", "reweighted", "unchanged"} <= names


def test_a_run_that_is_not_there_is_told_in_one_sentence():
    with pytest.raises(Invalid):
        side("run:x", Experiment())


def test_a_picture_of_lines_has_both_colours_where_both_lie():
    x, y = np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]])
    counts = [line_counts(x, y, (0, 1, 0, 1), 8), line_counts(x, 1 - y, (0, 1, 0, 1), 8)]
    picture = shaded(counts, ["#ff0000", "#0000ff"]).view(np.uint8).reshape(8, 8, 4)
    assert counts[0].sum() >= 8
    assert (picture[0, 0, 0], picture[0, 0, 2]) == (255, 0)
    assert picture[0, 0, 3] > 0
    assert picture[0, 4, 3] == 0
