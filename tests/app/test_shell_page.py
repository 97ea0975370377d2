"""The page as a whole: built for anyone, broken for nobody."""

import ast

import panel as pn
import panel_material_ui as pmui
from bokeh.core.validation import check_integrity
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from panel.io.state import set_curdoc

from app import look, shell, visit
from app.clock import every
from app.session import Session
from engine.experiments.experiment import Experiment


def test_the_page_is_built_with_all_its_columns():
    page = shell.build_page()
    (columns,) = page.main
    assert len(columns) == 3
    assert page.title == "Connectarium"


def test_nothing_on_the_page_has_a_size_that_bokeh_warns_of_in_the_log():
    issues = check_integrity(shell.build_page().get_root().references())
    assert [issue.text for issue in (*issues.warning, *issues.error) if "SIZING" in issue.name] == []


def test_no_page_listens_to_the_busy_state_of_the_process():
    page = pmui.Page()
    assert "busy" in page._param__private.refs  # when this fails, pmui has changed: see whether the cut is still needed
    shell.cut_busy(page)
    assert "busy" not in page._param__private.refs
    assert page._param__private.ref_watchers == []
    assert page.busy is False


def test_a_broken_page_is_a_card_with_a_sentence_and_the_log_has_the_trace(monkeypatch, caplog):
    shown = []

    def breaks():
        raise RuntimeError("secret detail")

    monkeypatch.setattr(shell, "build_page", breaks)
    monkeypatch.setattr(pmui.Alert, "servable", lambda self, **_: shown.append(self))
    visit.serve()
    assert "could not be built" in shown[0].object
    assert "secret" not in shown[0].object
    assert "secret detail" in caplog.text


def test_what_is_built_before_the_page_is_rendered_asks_nobody_else_for_its_looks():
    document = Document()
    with set_curdoc(document):
        visit.styles_from_here()
        tabs = pmui.Tabs(("one", pn.Row(pn.widgets.Select(options=["a"])))).get_root(document)
    styles = [str(style.url) for style in tabs.select({"type": ImportedStyleSheet})]
    assert styles
    assert not [url for url in styles if url.startswith("http")]


def test_a_clock_stops_once_and_only_while_the_visitor_is_there():
    class Clock:
        def __init__(self):
            self.running = []

        def add_periodic_callback(self, call, ms):
            self.running.append(call)
            return call

        def remove_periodic_callback(self, call):
            self.running.remove(call)

    session = Session(Experiment())
    session.document = Clock()
    stop = every(session, 500, lambda: None)
    assert len(session.document.running) == 1
    stop()
    stop()
    assert session.document.running == []
    again = every(session, 500, lambda: None)
    session.close()
    again()  # the session took its clocks with it: nothing to remove, and nothing breaks


def test_main_is_short_and_puts_the_root_on_the_path_before_our_imports():
    code = (look.ASSETS.parent / "app" / "main.py").read_text()
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 9
    assert code.index("sys.path.insert") < code.index("from app")
    ast.parse(code)


def test_numbers_are_written_as_people_write_them():
    assert [look.number(v) for v in (1137.2, 999.7, -9999.6)] == ["1,137", "1,000", "−10,000"]
    assert [look.number(v) for v in (12345, 0.0421, -3, None, float("nan"))] == ["12,345", "0.0421", "−3", "–", "–"]
    assert [look.percent(v) for v in (0, 0.0404, 0.25, 1)] == ["0 %", "4 %", "25 %", "100 %"]
    assert [look.duration(s) for s in (5, 125, 7260)] == ["5 s", "2 min 05 s", "2 h 01 min"]


def test_zero_is_nothing_and_the_signed_map_is_symmetric():
    palette = look.diverging()
    assert palette[0] == f"{look.NEGATIVE}ff"
    assert palette[-1] == f"{look.POSITIVE}ff"
    assert [c[7:] for c in palette] == [c[7:] for c in reversed(palette)]
    assert int(palette[127][7:], 16) < 10


def test_areas_and_conditions_keep_their_colours():
    assert look.area_colours(("V1", "V2"))["V1"] == look.area_colours(("V1", "V2", "MT"))["V1"]
    assert len(set(look.condition_colours(5, ordered=True))) == 5


def test_the_header_names_the_actions():
    header = shell.build_page().header[0]
    labels = {w.label for w in header.select(pmui.Button)}
    assert {"Runs", "Copy link", "Copy script"} <= labels
