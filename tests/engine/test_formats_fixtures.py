"""Every fixture of a format loads as its source matrix, or is refused in a sentence of its own with a repair."""

import csv
from collections import Counter
from pathlib import Path
from typing import Literal, get_args, get_origin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.formats import Answers, facts, graph, look, proposed, questions

FILES = Path(__file__).parents[1] / "fixtures" / "formats"
SOURCE = np.loadtxt(FILES / "adjacency_bare.csv", delimiter=",").T  # W[post, pre]
LABELS = tuple((FILES / "adjacency_labelled.csv").read_text().splitlines()[0].split(",")[1:])
GOOD = (
    "adjacency_bare.csv", "adjacency_labelled.csv", "adjacency_semicolon_decimal_comma.csv", "adjacency_space.txt",
    "adjacency.npy", "bct_v5.mat", "bundle.npz", "edgelist_header.csv", "edgelist_noheader.tsv",
    "flywire_codex_connections.csv.gz", "graph.gml", "graph.graphml", "matlab_v73.mat", "neuprint_roi-connections.csv",
    "neuprint_traced-total-connections.csv", "sparse_scipy.npz", "tvb_connectivity.zip",
)  # fmt: skip
OPEN = {"source_axis": "rows", "position_unit": "um"}


def _answers(found, **more) -> Answers:
    asked = {question.address for question in questions(found)}
    given = {name: value for name, value in OPEN.items() if name in asked}
    return proposed(found, Answers(**given, least_weight=0.0, **more)).with_value("least_weight", 0.0)


def _in_order(made) -> np.ndarray:
    """The matrix with units in the order of the source, where names tell it."""
    order = [made.names.index(name) for name in LABELS] if made.names[0] in LABELS else np.arange(made.n)
    return made.dense()[0][np.ix_(order, order)]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_loads_as_its_source_matrix(name: str):
    found = look(FILES / name)
    answers = _answers(found)
    if name == "tvb_connectivity.zip":
        answers = answers.with_value("source_axis", "columns")  # TVB's own convention
    made, _ = graph(found, answers)
    assert np.array_equal(_in_order(made), SOURCE)


def test_every_fixture_is_in_one_of_the_tables():
    others = {"cave_synapses.csv", "neuprint_traced-neurons.csv", "flywire_codex_classification.csv.gz", "SOURCE.txt"}
    assert {path.name for path in FILES.iterdir()} == {*GOOD, *others, *(row[0] for row in REFUSED)}


REFUSED = (
    ("bad_all_zero.csv", "no connection: all 400 entries are 0", None, {}),
    ("bad_duplicate_labels.csv", "Two units are called 'K000'", "duplicates", {"duplicates": "number"}),
    ("bad_ids_as_float.csv", "saved as decimal numbers (7.20575940600000000e+17), which has rounded them", None, {}),
    ("bad_inf.csv", "the first (from K001 to K002, row to column) is infinite", "missing", {"missing": "unknown"}),
    ("bad_label_order.csv", "column 1 is P154, row 1 is K000", "columns", {"columns": "as_rows"}),
    ("bad_nan.csv", "the first (from K002 to K003, row to column) is empty", "missing", {"missing": "unknown"}),
    ("bad_not_square.csv", "20 rows and 19 columns: P154 has no column", "columns", {"columns": "common"}),
    ("bad_object.npy", "Python objects (a pickle), which could run code", None, {}),
    ("warn_negative.csv", "1 entry is negative, the first (K000, K001) is -3", "negative", {"negative": "signs"}),
    ("warn_upper_triangle_only.csv", "Only the upper triangle", "triangle", {"triangle": "mirror"}),
)


@pytest.mark.parametrize(("name", "sentence", "address", "repair"), REFUSED)
def test_a_bad_file_says_what_is_wrong_and_loads_once_it_is_repaired(name, sentence, address, repair):
    with pytest.raises(Invalid) as refused:
        graph(look(FILES / name), Answers())
    assert sentence in str(refused.value)
    if address is None:
        return
    assert refused.value.address == address
    found = look(FILES / name)
    question = next(q for q in questions(found) if q.address == address)
    assert question.required
    assert repair[address] in [value for value, _ in question.choices]
    made, remarks = graph(found, Answers(source_axis="rows", **repair))
    assert made.edges > 150
    assert remarks


def test_what_repairs_make_is_what_they_say():
    def made(name: str, **answers):
        return graph(look(FILES / name), Answers(source_axis="rows", **answers))[0]

    nan = made("bad_nan.csv", missing="unknown")
    assert nan.unknown.sum() == 1
    assert nan.unknown[LABELS.index("K003"), LABELS.index("K002")]
    assert np.array_equal(made("bad_label_order.csv", columns="as_rows").dense()[0], SOURCE)
    turned = made("bad_label_order.csv", columns="reorder").dense()[0]
    assert np.array_equal(turned, SOURCE[::-1])  # its header is reversed, its numbers are not
    assert np.array_equal(made("bad_not_square.csv", columns="common").dense()[0], SOURCE[:-1, :-1])
    filled = made("bad_not_square.csv", columns="fill")
    assert filled.n == 20
    assert filled.unknown[19].all()
    assert filled.unknown.sum() == 20
    assert made("bad_duplicate_labels.csv", duplicates="number").names[:2] == ("K000", "K000 (2)")
    signed = made("warn_negative.csv", negative="signs")
    k0, k1 = LABELS.index("K000"), LABELS.index("K001")
    assert signed.dense()[1][k1, k0] == -1
    assert signed.dense()[0][k1, k0] == 3
    assert made("warn_negative.csv", negative="drop").edges == signed.edges - 1
    mirrored = made("warn_upper_triangle_only.csv", triangle="mirror").dense()[0]
    assert np.array_equal(mirrored, mirrored.T)
    assert mirrored.sum() == 2 * 1750


def test_the_diagonal_tells_that_labels_of_columns_are_wrong():
    assert proposed(look(FILES / "bad_label_order.csv")).columns == "as_rows"


def test_a_synapse_table_is_counted_by_pair():
    found = look(FILES / "cave_synapses.csv")
    made, remarks = graph(found, proposed(found))
    with open(FILES / "cave_synapses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = Counter((row["pre_pt_root_id"], row["post_pt_root_id"]) for row in rows)
    assert {
        (made.names[a], made.names[b]): w for a, b, w in zip(made.pre, made.post, made.strengths, strict=True)
    } == pairs
    assert made.positions_um.shape == (20, 3)
    assert "494 synapses are 183 connections." in remarks
    sizes = graph(look(FILES / "cave_synapses.csv", chosen="size"), Answers())[0]
    assert sizes.strengths.sum() == sum(int(row["size"]) for row in rows)


def test_autapses_and_root_0_are_left_out_and_positions_are_voxels_of_4_4_40_nm(tmp_path: Path):
    head = "id,pre_pt_root_id,post_pt_root_id,size,ctr_pt_position\n"
    rows = ["1,10,20,5,[1000 2000 300]", "2,10,10,5,[0 0 0]", "3,0,20,5,[0 0 0]", "4,10,20,7,[3000 2000 300]"]
    (tmp_path / "s.csv").write_text(head + "\n".join(rows))
    made, remarks = graph(look(tmp_path / "s.csv"), Answers())
    assert made.names == ("10", "20")
    assert made.strengths.tolist() == [2.0]
    assert np.allclose(made.positions_um, [[8, 8, 12], [8, 8, 12]])
    assert any("1 autapses" in said for said in remarks)
    assert any("root 0" in said for said in remarks)


def test_files_given_together_name_types_of_neurons_and_are_refused_alone():
    connections, neurons = FILES / "neuprint_roi-connections.csv", FILES / "neuprint_traced-neurons.csv"
    found = look(connections, neurons)
    assert found.labels["instance"] == LABELS
    assert set(found.labels["type"]) == {"K", "I", "O", "P"}
    with pytest.raises(Invalid, match="give it together with"):
        look(neurons)


def test_flywire_classes_join_and_transmitters_sign():
    found = look(FILES / "flywire_codex_classification.csv.gz", FILES / "flywire_codex_connections.csv.gz")
    assert found.labels["super_class"][0] == "central"
    assert found.names[0] == "720575940600000000"
    assert proposed(found).least_weight == 5
    made, _ = graph(found, Answers())
    assert set(made.edge_signs.tolist()) == {-1, 1}


def test_neuropils_are_added_before_the_threshold(tmp_path: Path):
    rows = ["1,2,A,3,ACH", "1,2,B,4,ACH", "2,1,A,3,GABA", "3,1,A,9,DA", "1,3,A,2,GABA", "1,3,B,6,ACH", "3,2,A,5,GLUT"]
    (tmp_path / "f.csv").write_text("pre_root_id,post_root_id,neuropil,syn_count,nt_type\n" + "\n".join(rows))
    made, _ = graph(look(tmp_path / "f.csv"), Answers(least_weight=5))
    strengths, signs = made.dense()
    assert strengths[1, 0] == 7
    assert strengths[0, 1] == 0
    assert strengths[0, 2] == 9
    assert strengths[2, 0] == 8
    assert (signs[1, 0], signs[0, 2], signs[2, 0], signs[1, 2]) == (
        1,
        0,
        1,
        -1,
    )  # dopamine: not known; the larger part counts


CHOICES = {
    name: st.sampled_from(get_args(field.annotation))
    for name, field in Answers.model_fields.items()
    if get_origin(field.annotation) is Literal
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(path.name for path in FILES.iterdir())), st.fixed_dictionaries(CHOICES), st.booleans())
def test_any_answers_make_a_graph_or_one_sentence(name: str, answers: dict[str, str], start_from_proposals: bool):
    said = "Imported."
    try:
        found = look(FILES / name)
        given = proposed(found).with_values(answers) if start_from_proposals else Answers(**answers)
        assert graph(found, given)[0].edges > 0
    except Invalid as refused:
        said = str(refused)
    assert said.rstrip()[-1] in ".?"


def test_what_the_file_states_fills_the_record():
    found = look(FILES / "flywire_codex_connections.csv.gz")
    told = facts(found, Answers(name="My fly", licence="CC BY 4.0"))
    assert (told["title"], told["licence"], told["unit"]) == ("My fly", "CC BY 4.0", "synapses")
    assert told["species"] == "Drosophila melanogaster"
