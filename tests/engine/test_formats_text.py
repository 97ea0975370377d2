"""Tables as text keep every number, label and id exactly, however they are written down."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.formats import Answers, graph, look, proposed, questions

NAMES = st.lists(
    st.text("abcXYZ012 _-é", min_size=2, max_size=9).map(str.strip).filter(lambda t: t[:1].isalpha() and len(t) > 1),
    min_size=5, max_size=8, unique=True,
)  # fmt: skip
IN_PLACE = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


def _lines(matrix: np.ndarray, names, separator: str, comma: bool) -> str:
    def cell(value: float) -> str:
        return repr(float(value)).replace(".", "," if comma else ".")

    rows = [[cell(value) for value in row] for row in matrix]
    if names:
        rows = [["", *names], *([name, *row] for name, row in zip(names, rows, strict=True))]
    return "\n".join(separator.join(row) for row in rows) + "\n"


@IN_PLACE
@given(NAMES, st.sampled_from([",", ";", "\t", "|"]), st.booleans(), st.booleans(), st.integers(0, 99), st.booleans())
def test_a_matrix_comes_back_bit_for_bit(tmp_path: Path, names, separator, labelled, comma, seed, packed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(len(names), len(names))) * 10.0 ** rng.integers(-12, 12, (len(names), 1))
    text = _lines(matrix, names if labelled else None, separator, comma and separator != ",")
    content = ("\ufeff" * packed + text).encode()
    (tmp_path / "m.dat").write_bytes(content)
    found = look(tmp_path / "m.dat")
    assert np.array_equal(found.matrix, matrix)
    assert found.names == (tuple(names) if labelled else None)


@IN_PLACE
@given(st.lists(st.tuples(st.integers(2**53, 2**63 - 1), st.integers(2**53, 2**63 - 1)), min_size=6, max_size=30))
def test_ids_of_64_bits_stay_exact(tmp_path: Path, pairs):
    (tmp_path / "e.csv").write_text("pre,post,weight\n" + "\n".join(f"{a},{b},1" for a, b in pairs))
    found = look(tmp_path / "e.csv")
    names, edges = found.names, found.edges
    assert [(int(names[s]), int(names[t])) for s, t in zip(edges.source, edges.target, strict=True)] == pairs


@pytest.mark.parametrize("header", ["from type,to type,n", "Source,Target,Weight", "pre_id,post_id,syn_count", "u,v,w"])
def test_header_words_are_known_by_their_beginning(tmp_path: Path, header: str):
    (tmp_path / "e.csv").write_text(header + "\nMi1 a,Tm3,4\nTm3,Mi1 a,2\nL1 , Mi1 a,7\n")
    found = look(tmp_path / "e.csv")
    assert (found.rows_are, found.names) == ("source", ("Mi1 a", "Tm3", "L1"))
    assert found.edges.weight.tolist() == [4, 2, 7]


def test_labels_of_numbers_name_rows_and_columns(tmp_path: Path):
    (tmp_path / "c.csv").write_text(",10,20,30\n10,0,1,2\n20,3,0,4\n30,5,6,0\n")
    found = look(tmp_path / "c.csv")
    assert found.names == ("10", "20", "30")
    assert found.matrix.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]


def test_a_label_called_na_stays_a_label(tmp_path: Path):
    (tmp_path / "c.csv").write_text(",NA,nan,B\nNA,0,1,2\nnan,3,0,4\nB,5,NA,0\n")
    found = look(tmp_path / "c.csv")
    assert found.names == ("NA", "nan", "B")
    assert np.isnan(found.matrix[2, 1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n\xff\xfe,1\n", "not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"pre,post,w\na,b,1\nc,d,2,9\n", "row 2 has more than the 3 columns"),
        (b"pre,post,w\na,b,1\nc,,2\n", "row 2 names no unit in column 2"),
        (b"pre,post,w\n", "a header and no rows"),
        (b"one\ntwo\nthree\n", "one column"),
        (b"0,1,x\n1,0,2\n", "'x' in row 1, column 3 is not a number"),  # not a header: nothing is dropped
        (b"0,x,1\n1,0,2\n", "'x' in row 1, column 2 is not a number"),
        (b"0,1,2\n1,0\n", "row 2 has 2 fields, row 1 has 3"),
        (b"0,1\n1,0,2\n", "row 1 has 2 fields, row 2 has 3"),
        (b"0,1,2\n3,0,x\n5,6,0\n7,7,7\n1,1,1\n", "'x' in row 2, column 3 is not a number"),
        (b"0,1,2,3,4\n3,0,1,2,2\n5,6,0,1,1\n", "3 rows but 5 columns"),
        (b"name,type,side\nu1,KC,left\nu2,PN,left\n", "give it together with"),
    ],
)
def test_a_broken_table_says_where(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(Invalid, match=said):
        graph(look(tmp_path / "t.csv"), Answers())


@pytest.mark.parametrize("name", ["m.mat", "m.h5"])
@pytest.mark.parametrize("content", [b"junk", b"junk\nmore junk\n", b"\x01\x02\x00junk"])
def test_junk_under_the_name_of_a_binary_file_is_damaged(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match="is damaged"):
        look(tmp_path / name)


def _workbook(path: Path, **sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_offers_its_sheets_and_merged_headers_group_units(tmp_path: Path):
    block = [
        [None, None, "Sensory", None, "Motor"],
        [None, None, "A", "B", "C"],
        ["Sensory", "A", None, 2, 3],
        [None, "B", 4, None, 0.1],
        ["Motor", "C", 6, 7, None],
    ]
    lists = [["A list", None, None], ["pre", "post", "weight"], ["A", "B", 3], ["B", "A", 4]]
    path = _workbook(tmp_path / "w.xlsx", About=[["Only words", "here"], ["and", "there"]], Matrix=block, List=lists)
    found = look(path)
    assert (found.choices, found.chosen, found.names) == (("About", "Matrix", "List"), "Matrix", ("A", "B", "C"))
    assert found.labels["group"] == ("Sensory", "Sensory", "Motor")
    assert np.array_equal(found.matrix, [[np.nan, 2, 3], [4, np.nan, 0.1], [6, 7, np.nan]], equal_nan=True)
    made, _ = graph(found, Answers(source_axis="rows", missing="unknown"))
    assert made.unknown.sum() == 3
    assert look(path, chosen="List").edges.weight.tolist() == [3, 4]
    with pytest.raises(Invalid, match="no sheet 'Lst'"):
        look(path, chosen="Lst")


def test_kinds_of_connections_are_choices(tmp_path: Path):
    (tmp_path / "e.csv").write_text("pre,post,type,weight\na,b,chemical,3\na,b,gap,1\nb,a,gap,1\n")
    assert look(tmp_path / "e.csv").choices == ("chemical", "gap")
    found = look(tmp_path / "e.csv", chosen="gap")
    assert found.edges.weight.tolist() == [1, 1]
    both = look(tmp_path / "e.csv")
    assert graph(both, Answers(repeated="sum"))[0].strengths.max() == 4
    assert graph(both, Answers(repeated="largest"))[0].strengths.max() == 3
    assert graph(both, Answers(repeated="mean"))[0].strengths.max() == 2
    with pytest.raises(Invalid, match="listed before"):
        graph(both, Answers())


def test_a_table_of_units_joins_by_name_whatever_their_order(tmp_path: Path):
    (tmp_path / "edges.csv").write_text("pre,post,weight\na1,b2,3\nb2,c3,1\nc3,a1,4\n")
    (tmp_path / "cells.csv").write_text("id,kind,x,y,z,size\nc3,KC,7,8,9,2.5\na1,PN,1,2,3,0.5\nb2,KC,4,5,6,1.5\n")
    found = look(tmp_path / "edges.csv", tmp_path / "cells.csv")
    assert found.labels["kind"] == ("PN", "KC", "KC")
    assert found.positions_um.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert found.maps["size"].tolist() == [0.5, 1.5, 2.5]
    with pytest.raises(Invalid, match="In which unit"):
        graph(found, Answers())
    assert graph(found, Answers(position_unit="nm"))[0].positions_um[2, 0] == 0.007
    assert graph(found, Answers(position_unit="none"))[0].positions_um is None
    (tmp_path / "cells.csv").write_text("id,kind\nx,KC\ny,PN\n")
    with pytest.raises(Invalid, match="names other units"):
        look(tmp_path / "edges.csv", tmp_path / "cells.csv")


def _proposal(tmp_path: Path, matrix: np.ndarray, address: str) -> str | None:
    (tmp_path / "m.csv").write_text(_lines(matrix, None, ",", False))
    asked = {question.address: question.proposal for question in questions(look(tmp_path / "m.csv"))}
    return asked.get(address)


def test_fractions_of_labelled_neurons_propose_the_axis(tmp_path: Path):
    # bio 9.2: every file is read as rows of sources, though one has rows of targets
    rng = np.random.default_rng(0)
    fln = rng.gamma(0.3, 1, (12, 12)) * (1 - np.eye(12))
    fln = fln / fln.sum(0) * 0.99  # what a target receives adds up to less than 1
    assert _proposal(tmp_path, fln, "source_axis") == "rows"
    assert _proposal(tmp_path, fln.T, "source_axis") == "columns"
    assert _proposal(tmp_path, fln * 100, "source_axis") == ""
    assert _proposal(tmp_path, fln + fln.T, "source_axis") is None  # undirected: nothing to ask


def test_negative_entries_are_asked_about_by_what_they_look_like(tmp_path: Path):
    rng = np.random.default_rng(0)
    correlations = np.corrcoef(rng.normal(size=(9, 20)))
    assert _proposal(tmp_path, correlations, "negative") == "correlations"
    assert _proposal(tmp_path, correlations, "self_connections") == "drop"
    dale = rng.gamma(1, 5, (9, 9)) * rng.choice([-1, 1], 9)[:, None]
    assert _proposal(tmp_path, dale, "negative") == "signs"
    assert _proposal(tmp_path, np.abs(dale), "negative") is None


def test_lengths_are_suspected_and_make_equal_connections(tmp_path: Path):
    rng = np.random.default_rng(0)
    places = rng.normal(size=(10, 3)) * 40
    lengths = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert _proposal(tmp_path, lengths, "values") == ""
    assert _proposal(tmp_path, np.exp(rng.normal(size=(10, 10)) * 3), "values") is None
    (tmp_path / "m.csv").write_text(_lines(lengths, None, ",", False))
    made, remarks = graph(look(tmp_path / "m.csv"), Answers(values="lengths_mm"))
    assert np.array_equal(made.pairs["length_mm"], lengths)
    assert any("same weight" in said for said in remarks)


def test_every_proposal_is_an_answer_and_every_address_a_field(tmp_path: Path):
    matrix = np.triu(np.random.default_rng(0).normal(size=(7, 7)))
    (tmp_path / "m.csv").write_text(_lines(matrix, None, ",", False))
    found = look(tmp_path / "m.csv")
    for question in questions(found):
        assert question.address in Answers.model_fields
        for value, _ in question.choices:
            Answers().with_value(question.address, value)
    assert proposed(found).triangle == "mirror"
