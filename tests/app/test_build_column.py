"""Build: choosing, wiring, areas, and what is always in view."""

import numpy as np
import pytest

from app.forms import Form
from app.pages.build import EDITED, Build
from app.session import Session
from app.views.areas import EDITORS, AreaEditor
from app.views.gallery import Gallery, items
from app.views.matrix import MatrixPicture, strongest
from app.views.task import TaskView
from app.views.thumbnail import thumbnail
from engine.analysis.connectivity import order_by_area_and_type
from engine.connectomes.catalogue import catalogue
from engine.experiments.experiment import Experiment
from engine.experiments.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.title)
def test_every_section_opens_for_every_example_and_every_example_can_be_started(preset):
    session = Session(preset.experiment())
    assert session.startable, session.problem
    build = Build(session)
    for fold in build.folds.values():
        assert not fold.body.objects
        fold.heading.open = True
        assert fold.body.objects
    assert not build.problem.visible


def test_a_section_with_a_fault_says_so_when_it_is_folded():
    session = Session(Experiment())
    build = Build(session)
    session.change("dt_ms", 500)
    assert build.folds["Dynamics"].heading.wrong
    assert not build.folds["Task"].heading.wrong
    assert build.problem.visible
    session.undo()
    assert not build.folds["Dynamics"].heading.wrong
    assert not build.problem.visible


def test_the_gallery_shows_every_record_with_its_facts_beside_the_generators():
    shown = {item["value"]: item for item in items()}
    for record in catalogue():
        item = shown[f"measured:{record.id}"]
        assert record.species in item["facts"]
        assert record.licence in item["facts"]
        assert record.citation in item["more"]
        assert bool(item["disabled"]) is not record.available
        assert record.how_to_get in item["disabled"] or record.available
        assert bool(item["picture"]) is record.available
    assert {"random", "spatial", "areas", "column"} <= set(shown)


def test_choosing_a_card_wires_that_connectome_and_keeps_a_sign_rule_that_it_offers():
    session = Session(Experiment())
    gallery = Gallery(session)
    gallery.cards.value = "measured:worm_cook2019"
    assert session.experiment.wiring.connectome == "worm_cook2019"
    assert session.experiment.wiring.signs.kind == "ratio_by_unit"
    assert session.connectome.n == 302
    session.change("wiring.signs.kind", "transmitter")
    gallery.cards.value = "measured:human_dk84"
    assert session.experiment.wiring.signs.kind != "transmitter"
    assert session.startable
    gallery.cards.value = "areas"
    assert session.experiment.wiring.kind == "areas"
    session.undo()
    assert gallery.cards.value == "measured:human_dk84"


def test_the_preview_counts_what_is_wired_and_follows_the_ratio():
    session = Session(Experiment())
    build = Build(session)
    source = build.preview.matrix.source
    before = source.data["image"][0].copy()
    session.change("wiring.signs.excitatory_fraction", 0.5)
    after = source.data["image"][0]
    assert before.shape == after.shape == (84, 84)
    assert not np.array_equal(before, after, equal_nan=True)
    excitatory = int((session.connectome.signs > 0).sum())
    assert f"E {excitatory}" in build.preview.counts.object
    assert f"{int(session.connectome.mask.sum()):,}" in build.preview.counts.object
    assert len(build.preview.spectrum.modes.data["real"]) == 84


def test_measured_signs_are_offered_beside_the_ratio_and_taken_only_when_asked():
    session = Session(Experiment())
    hint = Build(session).measured_signs
    assert not hint.layout.visible
    for name, rule in (("worm_cook2019", "transmitter"), ("fly_opticlobe65", "edge_majority")):
        session.load(Experiment().with_value("wiring.connectome", name))
        assert hint.layout.visible
        assert session.experiment.wiring.signs.kind == "ratio_by_unit"
        hint.use.clicks += 1
        assert session.experiment.wiring.signs.kind == rule
        assert not hint.layout.visible
    session.change("wiring.kind", "random")
    assert not hint.layout.visible


def test_what_the_wiring_remarks_stands_under_the_counts():
    session = Session(Experiment())
    view = Build(session).preview
    assert "Connections" in view.counts.object
    session.load(Experiment().with_value("wiring.connectome", "worm_cook2019"))
    assert "All connections are kept" in view.remarks.object
    session.change("wiring.density", 0.005)
    assert "no connection to another unit" in view.remarks.object


def test_a_large_network_is_shown_without_its_modes_and_says_so(monkeypatch):
    monkeypatch.setattr("engine.experiments.preview.MOST_UNITS", 50)
    monkeypatch.setattr("app.views.wiring.MOST_UNITS", 50)
    view = Build(Session(Experiment())).preview
    assert view.matrix.source.data["image"][0].shape == (84, 84)
    view.shows.value = "At start"
    assert view.matrix.source.data["image"][0].shape == (84, 84)
    assert len(view.spectrum.modes.data["real"]) == 0
    assert "are not computed before a run" in view.remarks.object


def test_the_function_of_magnitude_is_offered_only_with_that_method():
    session = Session(Experiment())
    choice = Form("constraints", session, editors=EDITED).controls["constraints.dales_law.magnitude"]
    assert not choice.layout.visible
    session.change("constraints.dales_law.method", "magnitude")
    assert choice.layout.visible
    session.undo()
    assert not choice.layout.visible


def test_the_matrix_is_drawn_post_down_and_pre_across_in_signed_colours():
    connectome = Session(Experiment()).connectome
    ordering = order_by_area_and_type(connectome)
    picture = MatrixPicture("m")
    picture.show(connectome.weights, connectome, ordering)
    shown = picture.source.data["image"][0][::-1]
    expected = ordering.matrix(connectome.weights)
    assert np.allclose(np.nan_to_num(shown), expected, atol=1e-6)
    assert picture.mapper.low == -picture.mapper.high
    assert picture.units.data["name"][0] == connectome.names[ordering.units[0]]


def test_a_large_matrix_keeps_the_strongest_connection_of_every_pixel_with_its_sign():
    weights = np.zeros((5, 5))
    weights[0, 0], weights[1, 1], weights[4, 4] = 1.0, -3.0, 2.0
    small = strongest(weights, 2)
    assert small.shape == (3, 3)
    assert (small[0, 0], small[2, 2]) == (-3.0, 2.0)
    assert np.isnan(small[1, 1])


def test_a_thumbnail_is_a_data_address_and_takes_an_empty_matrix():
    assert thumbnail(np.zeros((4, 4))).startswith("data:image/png;base64,")


def test_the_area_table_sets_sizes_and_densities_together():
    session = Session(Experiment().with_value("wiring.kind", "areas"))
    form = Form("wiring", session, editors=EDITORS)
    table = form.controls["wiring.areas"]
    assert isinstance(table, AreaEditor)
    areas = [{"name": "V1", "units": 30}, {"name": "PFC", "units": 20}]
    table.widget.edited = {"areas": areas, "densities": [[0.3, 0.1], [0.2, 0.4]]}
    assert [a.name for a in session.experiment.wiring.areas] == ["V1", "PFC"]
    assert session.experiment.wiring.densities == ((0.3, 0.1), (0.2, 0.4))
    assert session.connectome.n == 50
    session.undo()
    assert [a["name"] for a in table.widget.areas] == ["sensory", "association", "motor"]


def test_an_area_without_units_is_refused_at_the_table():
    session = Session(Experiment().with_value("wiring.kind", "areas"))
    table = Form("wiring", session, editors=EDITORS).controls["wiring.areas"]
    before = session.experiment
    table.widget.edited = {"areas": [{"name": "V1", "units": 0}], "densities": [[0.3]]}
    assert session.experiment == before
    assert "units" in table.fault


def test_removing_an_area_also_takes_it_from_input_and_readout():
    session = Session(PRESETS[3].experiment())
    table = Form("wiring", session, editors=EDITORS).controls["wiring.areas"]
    table.widget.edited = {
        "areas": [{"name": "association", "units": 40}, {"name": "motor", "units": 40}],
        "densities": [[0.3, 0.1], [0.2, 0.4]],
    }
    chosen = session.experiment.constraints.projections
    assert (chosen.input_areas, chosen.readout_areas) == ((), ("motor",))
    assert session.startable


def test_measured_areas_merge_under_one_name():
    session = Session(Experiment())
    table = Form("wiring", session, editors=EDITORS).controls["wiring.merged_areas"]
    first, second = (row["name"] for row in table.widget.rows[:2])
    table.widget.edited = {first: "joined", second: "joined"}
    assert "joined" in session.connectome.area_names
    assert first not in session.connectome.area_names


def test_ticked_areas_receive_the_input():
    session = Session(Experiment())
    form = Form("constraints", session, editors=EDITORS)
    chips = form.controls["constraints.projections.input_areas"]
    area = chips.widget.options[0]["value"]
    chips.widget.value = [area]
    assert session.experiment.constraints.projections.input_areas == (area,)
    assert session.startable


def test_an_area_that_is_gone_from_the_wiring_is_explained_where_it_was_chosen():
    session = Session(Experiment().with_value("constraints.projections.readout_areas", ("frontal",)))
    session.change("wiring.area_by", "one")
    assert session.problem.address == "constraints.projections.readout_areas"
    assert not session.startable


def test_the_task_preview_draws_another_trial_and_follows_the_form():
    session = Session(Experiment())
    view = TaskView(session)
    first = [y.copy() for y in view.picture.inputs.data["ys"]]
    view.another.clicks += 1
    assert any(not np.array_equal(a, b) for a, b in zip(first, view.picture.inputs.data["ys"], strict=True))
    assert "Chance 50 %" in view.facts.object
    session.change("task.response_ms", 500)
    assert view.picture.x.end == pytest.approx(1600)
    view.cards.value = "flip_flop"
    assert session.experiment.task.kind == "flip_flop"


def test_a_task_that_cannot_be_drawn_says_why():
    session = Session(Experiment())
    view = TaskView(session)
    session.change("dt_ms", 900)
    assert "time step" in view.missed.object
    assert not view.shown.visible
