"""The table of connection probabilities is edited in place and as CSV; other wirings keep the editors that fit them."""

from app.forms import Form
from app.session import Session
from app.views.areas import EDITORS, AreaEditor
from app.views.probability_table import ProbabilityTable
from engine.connectomes import write_table
from engine.experiments.experiment import Experiment


def of_kind(kind: str) -> tuple[Session, Form]:
    session = Session(Experiment.read({"wiring": {"kind": kind}}))
    return session, Form("wiring", session, editors=EDITORS)


def test_a_cell_edited_in_the_table_is_wired_and_a_wrong_one_is_explained_and_stays():
    session, form = of_kind("populations")
    table = form.controls["wiring.table"]
    assert isinstance(table, ProbabilityTable)
    assert len(table.rows(table.value)) == len(session.experiment.wiring.table)
    chance = [column["label"] for column in table.columns()].index("Probability")
    table.table.edit = {"what": "set", "row": 0, "column": chance, "value": 0.5}
    assert session.experiment.wiring.table[0].connection_probability == 0.5
    assert session.problem is None
    table.table.edit = {"what": "set", "row": 0, "column": chance, "value": 5}
    assert session.experiment.wiring.table[0].connection_probability == 0.5
    assert "connection_probability is 5" in table.fault


def test_a_pasted_block_fills_the_cells_to_the_right_and_below_in_one_step():
    session, form = of_kind("populations")
    table, before = form.controls["wiring.table"], session.experiment.wiring.table
    labels = [column["label"] for column in table.columns()]
    chance = labels.index("Probability")
    table.table.edit = {"what": "paste", "row": 1, "column": chance, "value": [[0.11], [0.22]]}
    after = session.experiment.wiring.table
    assert [row.connection_probability for row in after[:4]] == [
        before[0].connection_probability, 0.11, 0.22, before[3].connection_probability,
    ]  # fmt: skip
    session.undo()
    assert session.experiment.wiring.table == before
    table.table.edit = {"what": "paste", "row": 1, "column": chance, "value": [[0.11], ["much"]]}
    assert session.experiment.wiring.table == before
    assert "connection_probability" in table.fault
    last = ["L2/3", "SST", "L2/3", "new", 0.5]
    table.table.edit = {"what": "paste", "row": len(before), "column": 0, "value": [last]}
    assert session.experiment.wiring.table[-1].post_type == "new"

    session, form = of_kind("composed")
    form.controls["wiring.densities"].widget.edit = {
        "what": "paste", "row": 0, "column": 1, "value": [[0.0, 0.3], [0.4, 0.0], [9, 9]],
    }  # fmt: skip
    assert session.experiment.wiring.densities == ((0, 0.3), (0.4, 0))


def test_rows_pasted_below_a_table_have_names_of_their_own_and_are_no_more_than_it_draws():
    session = Session(Experiment.read({"wiring": {"kind": "areas"}}))
    table = Form("wiring", session).controls["wiring.areas"]
    known = [one.name for one in session.experiment.wiring.areas]
    column = [column["label"] for column in table.columns()].index("Units")
    table.widget.edit = {"what": "paste", "row": len(known), "column": column, "value": [[7], [8], [9]]}
    after = session.experiment.wiring.areas
    assert [one.name for one in after[len(known) :]] == ["motor 4", "motor 5", "motor 6"]
    assert [one.units for one in after[len(known) :]] == [7, 8, 9]
    table.widget.edit = {"what": "paste", "row": 0, "column": column, "value": [[5]] * 401}
    assert session.experiment.wiring.areas == after
    assert table.fault == "401 lines were pasted; a table takes at most 400 at once."


def test_a_csv_file_replaces_the_table_and_a_wrong_one_is_explained():
    session, form = of_kind("populations")
    table = form.controls["wiring.table"]
    text = write_table(session.experiment.wiring.table)
    table.file.value = text.replace(",L2/3,Pyr,,L2/3,Pyr,0.06", ",L2/3,Pyr,,L2/3,Pyr,0.5").encode()
    assert session.experiment.wiring.table[0].connection_probability == 0.5
    table.file.value = text.replace(",L2/3,Pyr,,L2/3,Pyr,0.06", ",L2/3,Pyr,,L2/3,Pyr,5").encode()
    assert session.experiment.wiring.table[0].connection_probability == 0.5
    assert table.fault.startswith("Row 1 of the table: connection_probability is '5'")
    assert not session.messages


def test_a_density_edited_under_a_shorthand_turns_it_into_a_table():
    session, form = of_kind("areas")
    session.change("wiring.pattern", "neighbours")
    editor = form.controls["wiring.areas"]
    assert isinstance(editor, AreaEditor)
    shown = editor.widget.densities
    assert shown == [[0.3, 0.05, 0.0], [0.15, 0.3, 0.05], [0.0, 0.15, 0.3]]
    edited = [[0.3, 0.05, 0.0], [0.15, 0.3, 0.05], [0.2, 0.15, 0.3]]
    editor.widget.edited = {"areas": editor.widget.areas, "densities": edited}
    assert session.experiment.wiring.pattern == "table"
    assert session.experiment.wiring.table()[2, 0] == 0.2


def test_the_densities_of_a_composition_have_a_box_of_their_own():
    session, form = of_kind("composed")
    box = form.controls["wiring.densities"]
    assert box.layout.visible
    box.widget.edit = {"what": "set", "row": 0, "column": 2, "value": 0.5}
    assert session.experiment.wiring.densities == ((0, 0.5), (0.1, 0))
