"""Every field of every kind has a control that a person can use: no JSON in a text box, names with suggestions."""

import pytest

from app.control import base_type
from app.controls import Names, Text
from app.fitting import Elsewhere
from app.forms import Form
from app.lists import Components
from app.session import Session
from app.views.areas import EDITORS
from app.views.name_controls import NameList, OneName, Selector
from app.views.row_controls import ByName, Connections, PlainRows, SquareTable
from engine.component import Component, kinds_of
from engine.connectomes.steps import AddConnections, RemoveConnections
from engine.constraints.synapse_rule import SynapseRule
from engine.experiments.experiment import Experiment

FREE_WORDS = {"name", "area", "layer", "type", "mechanism"}  # a name that the user gives, not one that is looked up
WIRED = ("wiring", "constraints", "weights", "dynamics")  # where names are those of areas, cell types and units
ROOTS = [
    (branch, kind)
    for branch, field in Experiment.model_fields.items()
    for kind in (kinds_of(field) or ("",))
    if isinstance(getattr(Experiment(), branch), Component)
]


def inspected(session, address):
    """All controls of a form, and of the forms of the components in its lists."""
    form = Form(address, session, editors=EDITORS, in_list=True)
    for made in form.controls.values():
        yield made
        if isinstance(made, Components):
            for kind in made.kinds.values():
                if session.change(made.parameter.address, (kind(),)):
                    yield from inspected(session, f"{made.parameter.address}.0")
                    session.undo()


@pytest.mark.parametrize(("branch", "kind"), ROOTS, ids=str)
def test_no_field_of_any_kind_is_json_in_a_text_box(branch, kind):
    session = Session(Experiment(), wire=lambda _: None, judge=lambda _: None)
    if kind:
        session.change(f"{branch}.kind", kind)
    for made in inspected(session, branch):
        address = made.parameter.address
        assert made.common["description"], address
        if type(made) is Text:
            assert base_type(made.parameter.annotation) is str, address
        if branch in WIRED:
            assert type(made) is not Names, address
            assert type(made) is not Text or made.parameter.name in FREE_WORDS, address


def session_of(**values):
    return Session(Experiment().with_values({"wiring.kind": "areas", **values}))


def test_a_rule_offers_who_is_there():
    session = session_of(**{"constraints.rules": (SynapseRule(),)})
    form = Form("constraints.rules.0", session, editors=EDITORS, in_list=True)
    pre, post = form.controls["constraints.rules.0.pre"], form.controls["constraints.rules.0.post"]
    assert isinstance(pre, Selector)
    assert {"area:sensory", "type:E", "sign:I", "unit:sensory.1"} <= set(pre.widget.options)
    pre.widget.value = ["area:sensory", "sign:I"]
    assert session.experiment.constraints.rules[0].pre == "area:sensory|sign:I"
    pre.widget.value = []
    assert session.experiment.constraints.rules[0].pre == "all"
    session.change("constraints.rules.0.matrix", "W_out")
    form.follow()
    assert post.widget.options == [f"output:{name}" for name in session.experiment.task.output_names]


def test_a_group_of_units_offers_the_names_of_what_it_is_by():
    session = session_of()
    session.change("dynamics.groups", ({"by": "area"},))
    form = Form("dynamics.groups.0", session, editors=EDITORS, in_list=True)
    name = form.controls["dynamics.groups.0.name"]
    assert isinstance(name, OneName)
    assert {"sensory", "association", "motor"} <= set(name.widget.options)
    name.widget.value = "motor"
    assert session.experiment.dynamics.groups[0].name == "motor"


def test_a_block_offers_the_areas_of_the_connectome():
    session = session_of()
    session.change("wiring.steps", ({"kind": "set_density"},))
    made = Form("wiring.steps.0", session, editors=EDITORS, in_list=True).controls["wiring.steps.0.post_areas"]
    assert isinstance(made, NameList)
    assert made.widget.options == ["sensory", "association", "motor"]
    made.widget.value = ["motor"]
    assert session.experiment.wiring.steps[0].post_areas == ("motor",)


@pytest.mark.parametrize("step", [AddConnections, RemoveConnections])
def test_listed_connections_are_a_table_of_names(step):
    session = session_of()
    session.change("wiring.steps", (step(),))
    form = Form("wiring.steps.0", session, editors=EDITORS, in_list=True)
    table = form.controls["wiring.steps.0.names"]
    assert isinstance(table, Connections)
    assert isinstance(form.controls["wiring.steps.0.pre"], Elsewhere)
    table.widget.edit = {"what": "add"}
    form.follow()
    table.widget.edit = {"what": "set", "row": 0, "column": 0, "value": "motor.1"}
    form.follow()
    table.widget.edit = {"what": "set", "row": 0, "column": 1, "value": "sensory.2"}
    form.follow()
    (made,) = session.experiment.wiring.steps
    assert (made.names, made.pre, made.post) == (("motor.1", "sensory.2"), (0,), (1,))
    assert table.widget.rows[0][:2] == ["motor.1", "sensory.2"]
    table.widget.edit = {"what": "drop", "row": 0}
    assert session.experiment.wiring.steps[0].pre == ()


def test_populations_are_rows_to_edit_add_and_remove():
    session = session_of(**{"wiring.kind": "populations"})
    form = Form("wiring", session, editors=EDITORS)
    table = form.controls["wiring.populations"]
    assert isinstance(table, PlainRows)
    before = session.experiment.wiring.populations
    units = [column["label"] for column in table.widget.columns].index("Units")
    table.widget.edit = {"what": "set", "row": 1, "column": units, "value": 7}
    assert session.experiment.wiring.populations[1].units == 7
    table.widget.edit = {"what": "drop", "row": 0}
    assert len(session.experiment.wiring.populations) == len(before) - 1


def test_units_by_region_are_a_row_for_each_region_and_an_emptied_cell_says_nothing():
    session = Session(Experiment().with_value("wiring.expansion.kind", "listed"))
    table = Form("wiring.expansion", session, editors=EDITORS).controls["wiring.expansion.units"]
    assert isinstance(table, ByName)
    assert len(table.widget.rows) == 84
    name = table.widget.rows[3][0]
    table.widget.edit = {"what": "set", "row": 3, "column": 1, "value": 4}
    assert session.experiment.wiring.expansion.units == {name: 4}
    table.widget.edit = {"what": "set", "row": 3, "column": 1, "value": "", "count": 2}
    assert session.experiment.wiring.expansion.units == {}


def test_densities_by_type_are_a_square_that_grows_with_the_types():
    session = session_of()
    session.change("wiring.steps", ({"kind": "type_densities"},))
    form = Form("wiring.steps.0", session, editors=EDITORS, in_list=True)
    table = form.controls["wiring.steps.0.densities"]
    assert isinstance(table, SquareTable)
    table.widget.edit = {"what": "set", "row": 1, "column": 1, "value": 0.7}
    assert session.experiment.wiring.steps[0].densities[1][0] == 0.7


def test_a_refused_cell_is_explained_below_the_table():
    session = session_of(**{"wiring.kind": "populations"})
    table = Form("wiring", session, editors=EDITORS).controls["wiring.populations"]
    units = [column["label"] for column in table.widget.columns].index("Units")
    table.widget.edit = {"what": "set", "row": 1, "column": units, "value": "many"}
    assert "many" in table.fault
    assert session.refusal


def test_numbers_are_typed_with_commas_between_them():
    session = Session(Experiment())
    made = Form("task", session, editors=EDITORS).controls["task.coherences"]
    made.widget.value = "0, 12.5, 50"
    assert session.experiment.task.coherences == (0, 12.5, 50)
    made.widget.value = "0, half"
    assert "half" in made.fault
