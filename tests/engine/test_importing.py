"""An import: what is asked, what the preview says, and a reader of its own that may die without harm."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.component import Invalid
from engine.connectomes import reading_apart
from engine.connectomes.graph_cut import HubCut
from engine.connectomes.importing import Cuts, Example, Importing, title_of
from engine.connectomes.library import Library
from engine.connectomes.reading_apart import Ended, ReadingApart

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
LABELLED = FIXTURES / "adjacency_labelled.csv"


@pytest.fixture(autouse=True)
def own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path / "store"))
    return Library()


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("My_worm-2.csv",), "My worm-2"),
        (("flywire_codex_classification.csv.gz", "flywire_codex_connections.csv.gz"), "flywire codex"),
        (("neuprint_traced-neurons.csv", "neuprint_traced-total-connections.csv"), "neuprint traced"),
        (("adjacency.npy", "sttc.npy"), "adjacency"),
    ],
)
def test_several_files_are_called_by_the_words_that_they_share(files, title):
    assert title_of(files) == title


def test_nothing_is_kept_while_a_question_is_open(own_library):
    importing = Importing((LABELLED,))
    state = importing.state({})
    assert state.open == ("source_axis",)
    assert state.preview is not None
    with pytest.raises(Invalid, match="Where does the connection"):
        importing.keep({})
    assert own_library.records() == ()


@pytest.mark.parametrize(("axis", "first"), [("rows", ("K008", "O122")), ("columns", ("O122", "K008"))])
def test_the_examples_are_connections_as_the_answers_read_them(axis, first, own_library):
    importing = Importing((LABELLED,))
    answers = {"source_axis": axis, "species": "worm"}
    state = importing.state(answers)
    assert state.open == ()
    assert state.preview.examples[0] == Example(*first, 63.0, 0.0)
    assert state.preview.examples[1].back == 39.0
    graph = own_library.graph(importing.keep(answers))
    strongest = graph.strengths.argmax()
    assert (graph.names[graph.pre[strongest]], graph.names[graph.post[strongest]]) == first
    assert own_library.records()[0].species == "worm"
    assert np.array_equal(np.array(state.preview.picture), graph.dense()[0])


def test_answers_that_came_along_are_not_overruled_by_what_the_numbers_suggest():
    state = Importing((FIXTURES / "warn_upper_triangle_only.csv",), given={"triangle": "as_is", "name": "N"}).state({})
    assert state.answers["triangle"] == "as_is"
    assert state.answers["name"] == "N"
    assert state.preview.directed


def test_what_cuts_leave_is_told_and_a_cut_that_fails_is_named():
    importing = Importing((LABELLED,))
    preview = importing.state({"source_axis": "rows"}, Cuts(cuts=(HubCut(units=5),))).preview
    assert (preview.units, preview.part_units) == (20, 5)
    assert "5 of 20 units" in preview.part[0]
    wrong = importing.state({"source_axis": "rows"}, Cuts().with_value("cuts", ({"kind": "label"},)))
    assert wrong.preview is None
    assert wrong.address.startswith("cuts.0")


def test_a_reader_apart_answers_like_one_at_hand(own_library):
    reading = ReadingApart()
    try:
        with pytest.raises(Invalid, match="Python objects"):
            reading.look((FIXTURES / "bad_object.npy",))
        near = Importing((LABELLED,))
        assert reading.look((LABELLED,)) == near.state({})
        assert reading.state({"source_axis": "columns"}) == near.state({"source_axis": "columns"})
        id = reading.keep({"source_axis": "columns"})
        assert [each.id for each in own_library.records()] == [id]
    finally:
        reading.close()
    with pytest.raises(Ended):
        reading.state({})


def _replaced(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    pipe = subprocess.PIPE
    monkeypatch.setattr(
        reading_apart, "_spawned",
        lambda: subprocess.Popen([sys.executable, "-c", code], text=True, stdin=pipe, stdout=pipe),
    )  # fmt: skip


def test_a_reader_that_crashes_is_a_sentence_and_the_next_file_has_a_new_one(monkeypatch):
    reading = ReadingApart()
    with monkeypatch.context() as changed:
        _replaced(changed, "import os; input(); os.abort()")
        with pytest.raises(Invalid, match="its reader ended"):
            reading.look((LABELLED,))
    assert reading.look((LABELLED,)).preview.units == 20
    reading.close()


def test_a_reader_that_hangs_is_given_up(monkeypatch):
    _replaced(monkeypatch, "import time; input(); time.sleep(600)")
    with pytest.raises(Invalid, match=r"took more than 0\.2 s"):
        ReadingApart(limit_s=0.2).look((LABELLED,))


def test_closing_ends_what_is_under_way(monkeypatch):
    _replaced(monkeypatch, "import time; input(); time.sleep(600)")
    reading = ReadingApart()
    threading.Timer(0.3, reading.close).start()
    with pytest.raises(Ended):
        reading.look((LABELLED,))


def test_closing_while_the_process_starts_ends_it_too(monkeypatch):
    _replaced(monkeypatch, "import time; input(); time.sleep(600)")
    reading, spawned = ReadingApart(), reading_apart._spawned

    def closed_meanwhile():
        process = spawned()
        reading.close()
        return process

    monkeypatch.setattr(reading_apart, "_spawned", closed_meanwhile)
    with pytest.raises(Ended):
        reading.look((LABELLED,))
    assert reading._process is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold this limit")
def test_a_reader_cannot_take_more_memory_than_its_share():
    code = "from engine.commands import reader as r; r.SHARE = 0; r._limit_memory(); bytearray(5 << 30)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "MemoryError" in ended.stderr
