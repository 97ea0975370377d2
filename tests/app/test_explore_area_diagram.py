"""The tab "Areas": areas as nodes, blocks as arrows, one selection with the other views."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.models import GraphRenderer

from app.export import rendered
from app.pages.explore import Explore
from app.session import Selection, Session
from app.views.area_drawing import MOST_EDGES, drawing, in_space, net_colour, on_circle, plotted, strongest
from engine.analysis.area_graph import area_graph
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from tests.engine.test_analysis_connectivity import a_connectome


def opened(**values: object) -> Explore:
    wanted = {key.replace("__", "."): value for key, value in {"dt_ms": 50, **values}.items()}
    explore = Explore(Session(Experiment().with_values(wanted)))
    explore.tabs.active = [view.title for view in explore.views].index("Areas")
    return explore


def three_areas() -> Explore:
    return opened(wiring__kind="areas")


def graph(view) -> GraphRenderer:
    return next(r for r in view.figure.renderers if isinstance(r, GraphRenderer))


def test_the_tab_stands_after_connectivity():
    assert [view.title for view in three_areas().views][:2] == ["Connectivity", "Areas"]


def test_every_block_with_a_weight_is_an_arrow_with_its_numbers():
    view = three_areas().view
    data, blocks = graph(view).edge_renderer.data_source.data, view.given.graph.blocks
    assert len(data["block"]) == (view.given.graph.synapses > 0).sum()
    for start, end, strength, said in zip(data["start"], data["end"], data["strength"], data["block"], strict=True):
        assert said == f"{blocks.names[start]} → {blocks.names[end]}"
        assert strength == pytest.approx(blocks.mean_strength[end, start])
    widths = [edge.width_px for edge in view.given.drawing.edges]
    assert widths == sorted(widths)  # strong ones lie on top


def test_a_tap_on_an_area_marks_its_units_and_a_tap_beside_it_nothing():
    explore = three_areas()
    view = explore.view
    x, y = view.given.drawing.places[1]
    view._tapped(SimpleNamespace(x=x + 0.01, y=y))
    assert explore.session.selection == Selection(view.given.graph.units[1], "association")
    assert len(view._marks.data["x"]) == 1
    assert view.figure.select_one({"name": "marks"}).data_source is view._marks
    explore.session.selection = Selection()
    assert len(view._marks.data["x"]) == 0
    view._tapped(SimpleNamespace(x=0.0, y=0.0))
    assert explore.session.selection == Selection()


def test_other_numbers_keep_the_figure_and_other_nodes_make_a_new_one():
    view = three_areas().view
    figure, before = view.figure, graph(view).edge_renderer.data_source.data
    view.width.value = "density"
    assert view.figure is figure
    assert graph(view).edge_renderer.data_source.data is not before
    assert "density" in view.summary.object
    view.grain.value = "area_and_sign"
    assert view.figure is not figure
    assert view.picture.object is view.figure
    assert view.given.graph.blocks.names[:2] == ("sensory · E", "sensory · I")


def test_one_area_and_no_weights_are_said_in_a_sentence():
    view = opened(wiring__kind="random", wiring__units=20).view
    assert "One area" in view.summary.object
    assert view.layout.objects == [view.body]
    silent = area_graph(torch.zeros(12, 12), a_connectome())
    assert drawing(silent, silent.blocks.density, 0.0, on_circle(2)).edges == ()


def test_positions_are_offered_only_where_the_connectome_has_them():
    assert not three_areas().view.arrangement.visible
    view = opened(wiring__kind="measured", wiring__connectome="human_dk84").view
    view.arrangement.value = "space"
    assert "y–z plane" in view.summary.object


def test_positions_are_the_mean_places_in_the_plane_of_largest_spread_and_keep_their_proportion():
    space = np.array([[0, 5, 0], [0, 5, 100], [300, 6, 0], [300, 6, 100.0]])
    places, plane = in_space(space, ((0,), (1,), (2,), (3,)))
    assert plane == "x–z"
    assert np.ptp(places[:, 0]) / np.ptp(places[:, 1]) == pytest.approx(3)
    assert places.mean(0) == pytest.approx(0)
    assert np.isfinite(in_space(np.zeros((2, 3)), ((0,), (1,)))[0]).all()


def test_only_the_strongest_edges_are_drawn_and_the_table_has_all():
    values = np.arange(400.0).reshape(20, 20)
    kept = strongest(values, np.ones((20, 20), bool), np.ones((20, 20)))
    assert len(kept) == MOST_EDGES
    assert kept[-1] == (19, 19)
    assert min(values[at] for at in kept) == 400 - MOST_EDGES


def test_the_colour_tells_the_net_sign_and_cancelling_edges_stay_visible():
    red, green, blue = (int(net_colour(0.0)[k : k + 2], 16) for k in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 30
    assert (net_colour(1.0), net_colour(-1.0)) == ("#0877bd", "#f28e1c")


def test_the_export_has_every_pair_of_areas():
    view = three_areas().view
    twin = view._twin(view.subject, view.given)
    assert rendered(twin, "svg").startswith(b"<?xml")
    assert rendered(twin, "csv").count(b"\n") == 1 + 9
    assert b"synapses" in rendered(twin, "csv")


def test_an_area_that_the_input_cannot_reach_the_readout_from_is_named():
    view = opened(wiring__kind="measured", wiring__connectome="fly_larva_mb").view
    assert "No route from input to readout" in view.summary.object


def test_a_page_that_drew_areas_is_forgotten():
    explore = three_areas()
    explore.view.grain.value = "area_and_sign"
    session = weakref.ref(explore.session)
    figure = weakref.ref(explore.view.figure)
    explore = None
    gc.collect()
    assert session() is None
    assert figure() is None


def test_drawing_leaves_the_visitors_document_as_it_is():
    view, document = three_areas().view, Document()
    theme = document.theme
    with patch_curdoc(document):
        plotted(view.given.drawing)
    assert document.theme is theme
    assert not document.callbacks._session_destroyed_callbacks


def test_weights_that_diverged_are_refused_in_words():
    with pytest.raises(Invalid, match="not a finite number"):
        area_graph(torch.full((12, 12), float("nan")), a_connectome())
