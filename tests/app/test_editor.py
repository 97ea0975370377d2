"""The wiring editor: what is drawn becomes steps of the experiment, one undo for each gesture."""

import numpy as np
import pytest

from app.pages.editor import Editor
from app.session import Session
from app.views.areas import EDITORS
from app.views.wiring_picture import shown
from engine.connectomes.kept_edit import facts_of, kept
from engine.connectomes.library import Library
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.steps import FlipSigns, RemoveUnits, SetDensity
from engine.experiments.experiment import LONGEST_LINK, Experiment


@pytest.fixture
def editor():
    made = Editor(Session(Experiment().with_value("wiring.kind", "areas")), EDITORS)
    made.open()
    return made


def draw(editor, **gesture):
    tools = editor.tools
    said = {"erase": False, "by_type": tools.by.value, "brush": tools.brush.value}
    editor.canvas.acts = [{**said, "count": editor.heard + 1, **gesture}]


def steps(editor):
    return editor.session.experiment.wiring.steps


def block(editor, pre, post, **more):
    draw(editor, mode="blocks", pre=[pre, pre], post=[post, post], **more)


def test_a_painted_block_has_the_density_that_was_typed(editor):
    editor.tools.value.value = 0.9
    block(editor, 0, 2)
    (step,) = steps(editor)
    assert (step.pre_areas, step.post_areas, step.density) == (("sensory",), ("motor",), 0.9)
    connectome = editor.session.connectome
    where = np.ix_(*(np.array(connectome.areas) == area for area in ("motor", "sensory")))
    assert connectome.mask[where].mean() == pytest.approx(0.9, abs=1e-3)
    assert "connections added" in editor.changed.object


def test_a_block_of_types_is_painted_alone_and_shift_empties_it(editor):
    editor.tools.by.value = True
    block(editor, 0, 1, erase=True)
    (step,) = steps(editor)
    assert (step.pre_areas, step.pre_types, step.post_types, step.density) == (("sensory",), ("E",), ("I",), 0)


def test_every_gesture_is_one_undo_and_redo_brings_it_back(editor):
    block(editor, 0, 2)
    block(editor, 2, 0)
    assert len(steps(editor)) == 2
    draw(editor, mode="undo")
    assert len(steps(editor)) == 1
    draw(editor, mode="undo")
    assert steps(editor) == ()
    draw(editor, mode="redo")
    assert [type(step) for step in steps(editor)] == [SetDensity]


def test_a_stroke_adds_connections_under_the_brush_and_shift_deletes_them(editor):
    editor.tools.mode.value, editor.tools.brush.value, editor.tools.chance.value = "brush", 4, 1.0
    before = editor.session.connectome
    draw(editor, mode="brush", path=[[90, 10], [92, 12]])
    after = editor.session.connectome
    covered = editor.shown.pairs({"mode": "brush", "brush": 4, "path": [[90, 10], [92, 12]]})
    assert covered.sum() == 28
    assert after.mask[covered].all()
    assert np.array_equal(after.mask[~covered], before.mask[~covered])
    draw(editor, mode="brush", path=[[90, 10], [92, 12]], erase=True)
    assert not editor.session.connectome.mask[covered].any()


@pytest.mark.parametrize(
    "region",
    [{"mode": "box", "box": [5, 7, 45, 50]}, {"mode": "lasso", "path": [[5, 5], [60, 5], [60, 70], [5, 70]]}],
    ids=["box", "lasso"],
)
def test_what_is_surrounded_is_counted_and_deleted(editor, region):
    editor.tools.mode.value = region["mode"]
    draw(editor, **region)
    before = editor.session.connectome
    pairs = editor.shown.pairs(region)
    assert f"{int((before.mask & pairs).sum()):,} connections" in editor.tools.covered.object
    editor.tools.delete.clicks += 1
    assert np.array_equal(editor.session.connectome.mask, before.mask & ~pairs)
    assert len(steps(editor)) == 1


def test_a_gesture_counts_as_the_tool_with_which_it_was_drawn_though_its_choice_is_heard_later(editor):
    draw(editor, mode="box", box=[5, 7, 45, 50])
    editor.tools.mode.value = "box"
    assert editor.canvas.region["mode"] == "box"
    assert not editor.tools.delete.disabled
    block(editor, 0, 1, by_type=True)
    (step,) = steps(editor)
    assert step.pre_types == ("E",)


def test_acts_that_arrive_together_are_all_done_once_in_order(editor):
    of = {"mode": "blocks", "by_type": False, "brush": 5, "erase": False}
    acts = [{**of, "pre": [0, 0], "post": [2, 2], "count": 1}, {**of, "pre": [2, 2], "post": [0, 0], "count": 2}]
    editor.canvas.acts = acts
    assert len(steps(editor)) == 2
    editor.canvas.acts = [*acts, {"mode": "undo", "count": 3}, {"mode": "undo", "count": 4}]
    assert steps(editor) == ()
    assert editor.canvas.settled == 4


def test_the_canvas_finds_the_tools_in_the_page(editor):
    found = {widget.tags[0] for widget in (editor.tools.mode, editor.tools.by, editor.tools.brush)}
    assert found == {f"{editor.canvas.tools} {name}" for name in ("mode", "by", "brush")}
    assert editor.canvas.modes == list(editor.tools.mode.options.values())


def test_a_box_covers_the_units_that_are_drawn_there():
    connectome = Experiment().connectome()
    found = shown(connectome, lambda: connectome)
    pairs = found.pairs({"mode": "box", "box": [3, 8, 4, 9]})
    ((post, pre),) = np.argwhere(pairs)
    assert (pre, post) == (found.ordering.units[3], found.ordering.units[8])
    assert connectome.names[pre] in found.told(3, 8)


def test_chosen_units_are_flipped_assigned_and_removed(editor):
    editor.tools.mode.value = "units"
    draw(editor, mode="units", span=[0, 5])
    draw(editor, mode="units", span=[2, 5], erase=True)
    names = tuple(editor.session.connectome.names[unit] for unit in editor.tools.units)
    assert len(names) == 2
    editor.tools.flip.clicks += 1
    assert steps(editor) == (FlipSigns(units=names),)
    editor.tools.flip.clicks += 1
    assert steps(editor) == ()
    editor.tools.area.value = "a new area"
    editor.tools.assign.clicks += 1
    assert "a new area" in editor.session.connectome.area_names
    editor.tools.gone.clicks += 1
    assert steps(editor)[-1] == RemoveUnits(units=names)
    assert editor.tools.units == ()


def test_nothing_to_change_is_said_and_makes_no_step(editor):
    editor.tools.mode.value = "box"
    draw(editor, mode="box", box=[0, 80, 20, 100])  # there is nothing from sensory to motor
    editor.tools.delete.clicks += 1
    assert steps(editor) == ()
    assert editor.tools.refused == "Nothing there to change."


def test_a_connectome_that_is_too_large_is_not_drawn_and_says_so():
    editor = Editor(Session(Experiment().with_values({"wiring.kind": "random", "wiring.units": 2001})), EDITORS)
    editor.open()
    assert not editor.canvas.visible
    assert "2,001 units" in editor.line.object


def test_a_link_that_would_be_too_long_is_told_with_what_to_do(editor):
    editor.tools.mode.value = "brush"
    editor.tools.brush.value = 120
    editor.tools.chance.value = 0.9
    draw(editor, mode="brush", path=[[60, 60]])
    is_long = len(editor.session.experiment.to_link()) > LONGEST_LINK
    assert ("Save it as a new connectome" in editor.problem.object) == is_long


def test_an_edited_connectome_is_kept_with_its_licence_and_wired_as_it_was(tmp_path):
    experiment = Experiment().with_value("wiring.steps", ({"kind": "flip_signs", "areas": ("frontal",)},))
    connectome, library = experiment.connectome(), Library(tmp_path)
    wiring = kept(connectome, "Mine", experiment.wiring, library)
    assert isinstance(wiring, MeasuredWiring)
    record = library.record(wiring.connectome)
    assert record.licence == facts_of(experiment.wiring)["licence"]
    assert "CC-BY" in record.licence
    assert record.steps[-1].startswith("The signs of 22 units flipped")


def test_build_uses_what_was_saved(editor, tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    block(editor, 0, 2)
    before = editor.session.connectome
    editor.keep.title.value_input = "Painted"
    editor.keep.save.clicks += 1
    wiring, after = editor.session.experiment.wiring, editor.session.connectome
    assert wiring.kind == "measured"
    assert wiring.connectome.startswith("painted_")
    assert wiring.steps == ()
    assert after.names == before.names
    for field in ("weights", "mask", "signs"):
        assert np.array_equal(getattr(after, field), getattr(before, field)), field
    assert (after.areas, after.types) == (before.areas, before.types)
