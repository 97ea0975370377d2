"""Forms are read off the fields, and what the user does reaches the session and nothing else."""

from typing import Annotated

import panel_material_ui as pmui
import pytest
from pydantic import Field

from app.control import label, words
from app.controls import control
from app.forms import Form
from app.number_controls import Scale, Slider
from app.session import Session
from app.views.areas import EDITORS
from engine.component import Component, kinds_of
from engine.experiments.experiment import Experiment

UNIONS = [
    (name, kind)
    for name, field in Experiment.model_fields.items()
    for kind in kinds_of(field)
]  # fmt: skip
NEEDS_MORE = ("from_run", "own", "arrays", "neurogym", "recording")  # a run, a file or a package that is not here


def parameter(experiment, address):
    return next(p for p in Session(experiment).parameters if p.address == address)


@pytest.mark.parametrize(("branch", "kind"), UNIONS, ids=str)
def test_every_parameter_of_every_kind_has_a_control_with_help(branch, kind):
    session = Session(Experiment().with_value(f"{branch}.kind", kind))
    form = Form(branch, session, editors=EDITORS)
    below = [p for p in session.parameters if p.address.startswith(f"{branch}.")]
    assert [p.address for p in below] == list(form.controls)
    for p in below:
        assert form.controls[p.address].common["description"], p.address
        assert form.controls[p.address].fault == ("" if kind not in NEEDS_MORE else session.message(p.address))


def test_a_label_is_the_field_name_as_words_with_its_unit():
    assert label(parameter(Experiment(), "dynamics.tau_ms")) == "Time constant τ (ms)"
    assert words("self_connections") == "Self connections"
    assert words("extent_um", "µm") == "Extent (µm)"


def test_a_slider_spans_the_typical_range_and_its_box_takes_what_lies_outside():
    session = Session(Experiment())
    form = Form("dynamics", session)
    slider = form.controls["dynamics.tau_ms"].widget
    typical = parameter(Experiment(), "dynamics.tau_ms").typical
    assert (slider.start, slider.end) == (typical.low, typical.high)
    form.controls["dynamics.tau_ms"].box.value = f"{2 * typical.high}"
    assert session.experiment.dynamics.tau_ms == 2 * typical.high
    assert slider.end == 2 * typical.high


def test_a_share_of_which_most_is_typical_has_a_slider_from_0_to_1_whatever_its_value():
    session = Session(Experiment().with_value("wiring.kind", "random"))
    made = Form("wiring.signs", session).controls["wiring.signs.excitatory_fraction"]
    for text in ("0.4", "0.3", "0", "1", "0.8"):
        made.box.value = text
        assert (made.widget.start, made.widget.value, made.widget.end) == (0, float(text), 1)


def test_a_refused_value_is_explained_under_its_control_and_changes_nothing():
    session = Session(Experiment())
    form = Form("dynamics", session)
    made = form.controls["dynamics.tau_ms"]
    made.box.value = "-5"
    assert session.experiment == Experiment()
    assert made.fault.startswith("dynamics.tau_ms is -5")
    assert made.box.value == "-5"  # what was typed stays, so that it can be mended
    made.box.value = "50"
    assert made.fault == ""
    assert session.experiment.dynamics.tau_ms == 50


def test_an_emptied_box_gets_its_last_valid_value_back():
    session = Session(Experiment())
    made = Form("dynamics", session).controls["dynamics.tau_ms"]
    made.box.value = "50"
    made.box.value = "abc"
    assert made._reset.visible
    made.box.value = ""
    assert made.box.value == "50"
    assert made.fault == session.refusal == ""


def test_a_new_kind_rebuilds_its_own_part_and_keeps_the_other_controls():
    session = Session(Experiment())
    form = Form("", session, only=("dynamics", "dt_ms"))
    step, noise = form.controls["dt_ms"], form.controls["dynamics.state_noise"]
    form.controls["dynamics.kind"].widget.value = "elman"
    assert session.experiment.dynamics.kind == "elman"
    assert "dynamics.tau_ms" not in form.controls
    assert form.controls["dt_ms"] is step
    assert form.controls["dynamics.state_noise"] is noise


def test_an_optional_value_can_be_switched_off_and_on():
    session = Session(Experiment())
    form = Form("weights", session)
    made = form.controls["weights.spectral_radius"]
    made.widget.value = False
    assert session.experiment.weights.spectral_radius is None
    assert not made.inner.layout.visible
    made.widget.value = True
    assert session.experiment.weights.spectral_radius is not None


def test_a_reset_appears_with_a_change_and_takes_it_back():
    session = Session(Experiment())
    made = Form("dynamics", session).controls["dynamics.tau_ms"]
    row = list(made._row)
    assert not made._reset.visible
    session.change("dynamics.tau_ms", 40)
    assert made._reset.visible
    assert list(made._row) == row  # what would be added while a slider is dragged holds up the pictures that follow
    made._reset.clicks += 1
    assert session.experiment == Experiment()
    assert not made._reset.visible


def test_a_logarithmic_range_gets_a_slider_over_decades_and_a_box():
    asked = []
    made = control(parameter(Experiment(), "training.optimiser.learning_rate"), lambda a, v: asked.append((a, v)))
    assert made.scale.is_log
    made.box.value = "0.02"
    made.widget.value = -2.5
    assert asked == [("training.optimiser.learning_rate", 0.02), ("training.optimiser.learning_rate", 0.0032)]
    made.box.value = "much"
    assert asked[-1][1] == "much"  # the engine says what it needs instead


def test_whole_numbers_get_whole_steps():
    made = control(parameter(Experiment(), "training.steps"), lambda a, v: None)
    assert isinstance(made, Slider)
    assert isinstance(made.widget, pmui.IntSlider)


def test_showing_a_value_does_not_ask_for_it():
    asked = []
    made = control(parameter(Experiment(), "dynamics.tau_ms"), lambda a, v: asked.append(v))
    made.show(33.0)
    assert made.widget.value == 33
    assert asked == []


def test_a_form_follows_undo():
    session = Session(Experiment())
    form = Form("dynamics", session)
    session.change("dynamics.tau_ms", 40)
    session.undo()
    assert form.controls["dynamics.tau_ms"].widget.value == Experiment().dynamics.tau_ms


def test_a_message_is_text_and_never_markup():
    session = Session(Experiment())
    form = Form("", session, only=("wiring.matrix",))
    session.messages = {"wiring.matrix": "<img src=x onerror=alert(1)>"}
    assert "<img" not in form.controls["wiring.matrix"]._line.object


@pytest.mark.parametrize("address", ["dynamics.tau_ms", "training.optimiser.learning_rate", "training.steps"])
def test_a_slider_gives_back_the_number_that_it_shows(address):
    scale = Scale(parameter(Experiment(), address))
    typical = scale.parameter.typical
    for value in (typical.low, typical.high, 3 * typical.high):
        low, high = scale.span(value)
        assert low <= scale.place(value) <= high
        assert scale.value(scale.place(value)) == pytest.approx(value, rel=0.01)


def test_kinds_are_listed_by_the_titles_of_their_classes():
    form = Form("weights", Session(Experiment()))
    assert form.controls["weights.kind"].widget.options["From the connectome"] == "from_connectome"


class Item(Component):
    """One part. More about it."""

    size: Annotated[float, Field(gt=0, description="How large it is.")] = 1.0
    names: Annotated[tuple[str, ...], Field(description="Whom it concerns.")] = ()


class Holder(Component):
    items: Annotated[tuple[Item, ...], Field(max_length=3, description="The parts.")] = ()


class Whole(Component):
    """What a session may hold."""

    holder: Annotated[Holder, Field(description="It holds parts.")] = Holder()


def listed():
    session = Session(Whole(), wire=lambda _: None, judge=lambda _: None)
    form = Form("holder", session)
    return session, form.controls["holder.items"]


def test_components_of_a_list_are_added_edited_moved_and_removed():
    session, control_ = listed()
    control_._add(Item(size=2))
    control_._add(Item(size=3))
    control_.forms[1].controls["holder.items.1.size"].widget.value = "5"
    assert [item.size for item in session.experiment.holder.items] == [2, 5]
    control_._move(1, 0)
    assert [item.size for item in session.experiment.holder.items] == [5, 2]
    control_._remove(0)
    assert [item.size for item in session.experiment.holder.items] == [2]
    assert [fold.heading.name_ for fold in control_.folds] == ["1 · Item"]


def test_a_value_refused_inside_a_list_is_explained_there_and_blocks_the_start():
    session, control_ = listed()
    control_._add(Item())
    inner = control_.forms[0].controls["holder.items.0.size"]
    inner.widget.value = "-1"
    assert inner.fault.startswith("holder.items.0.size is -1")
    assert session.refusal == inner.fault
    assert control_.folds[0].heading.wrong
    control_._remove(0)
    assert not session.messages


def test_a_list_says_itself_that_it_is_full():
    _, control_ = listed()
    for _ in range(4):
        control_._add(Item())
    assert "at most 3" in control_.fault
    assert len(control_.folds) == 3


def test_names_are_typed_with_commas_between_them():
    session, control_ = listed()
    control_._add(Item())
    names = control_.forms[0].controls["holder.items.0.names"]
    names.widget.value = "V1,  V2 ,"
    assert session.experiment.holder.items[0].names == ("V1", "V2")
    assert names.widget.value == "V1, V2"
    names.widget.value = '["a, b", "c"]'
    assert session.experiment.holder.items[0].names == ("a, b", "c")
