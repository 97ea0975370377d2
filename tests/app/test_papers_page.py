"""The Papers dialog: cards, verdicts, figures, the way into the form, and what a bad folder of results says."""

import io
import json
import time
from types import SimpleNamespace

import pandas as pd
import panel as pn
import panel_material_ui as pmui
import pytest
from bokeh.models import ColumnDataSource, Plot

from app import papers as shelf
from app.export import rendered
from app.pages.papers import Papers
from app.papers import desk
from app.session import Session
from app.views.paper_figures import drawn, figure_cards, twin_of
from engine.component import Invalid
from engine.experiments.carry_out import recipe
from engine.experiments.experiment import Experiment
from engine.experiments.papers import paper
from engine.experiments.papers.conduct import claim_folder, folder_of
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import Scale
from engine.experiments.stand import FILE, STOP, Stand, Standing, begin
from engine.experiments.status import Process

NAME = "nn4n"
DEFAULT = Scale()
SINE = ("sine_without_biases", "sine_with_biases")


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """A data folder of the test's own, nothing shipped, and no patience between two looks."""
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    monkeypatch.setattr(shelf, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(shelf, "CENSUS_S", 0)
    desk.cache_clear()
    yield tmp_path
    desk.cache_clear()


@pytest.fixture
def dialog():
    made = Papers(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    made.open()
    return made


def measured(done=SINE, scale=DEFAULT, **errors):
    """A folder with these parts of the paper done, as they are told by a run."""
    one, folder = paper(NAME), folder_of(paper(NAME), scale)
    claim_folder(one, folder, scale)
    for part in one.parts(scale):
        if part.name in done:
            rows = [
                (part.name, part.variant, k, f"error at the {when} (MSE)", float("nan"), value)
                for when, value in {"start": 0.4, "end": errors.get(part.name, 0.02)}.items()
                for k in range(4)
            ]
            table = pd.DataFrame(rows, columns=["part", "variant", "network", "measure", "at", "value"])
            table.to_csv(folder / "parts" / f"{recipe(part)}.csv", index=False)
    return folder


def card(dialog, name=NAME):
    dialog.tick()
    return next(item for item in dialog.cards.items if item["value"] == name)


def told(folder, state="running", message="", process=None, stand=None):
    (folder / FILE).unlink(missing_ok=True)
    begin(folder, process or Process.this())
    said = json.loads((folder / FILE).read_text())
    said |= {"state": state, "message": message, "stand": stand and vars(stand)}
    (folder / FILE).write_text(json.dumps(said))


def test_a_paper_says_how_long_it_takes_when_it_is_first_opened_and_recipes_are_kept_within_bounds(dialog):
    dialog.choose(NAME)
    assert dialog.view.running.why.object.startswith("About ")
    assert shelf.parts_of.cache_info().maxsize


def test_every_paper_has_a_card_with_its_question_a_forecast_and_its_state(dialog):
    found = card(dialog)
    assert "learn to decide" in found["question"]
    assert found["picture"].startswith("data:image/svg")
    assert "without readings" in found["alt"]
    assert "not run yet" in found["state"]
    assert "on two cores" in found["state"]
    folder = measured()
    assert "stopped at" in card(dialog)["state"]
    told(folder, stand=Stand("sine_with_biases", 3, 7, 10, 500, 60.0, share=0.25))
    assert "running, 25 %" in card(dialog)["state"]
    measured([part.name for part in paper(NAME).parts(Scale())])
    told(folder, state="done")
    assert "need more runs" in card(dialog)["state"] or "not reproduced" in card(dialog)["state"]
    assert "run here" in card(dialog)["state"]


def test_the_claims_have_a_verdict_in_words_with_the_measured_value_tolerance_and_source(dialog):
    measured(sine_without_biases=0.02, sine_with_biases=0.5)
    dialog.choose(NAME)
    table = dialog.view.claims.object
    rows = {claim.name: row for claim, row in zip(paper(NAME).claims, table.split("<tr>")[2:], strict=True)}
    assert ">reproduced<" in rows["sine_plain"]
    assert "0.02 [0.02, 0.02], n = 4" in rows["sine_plain"]
    assert "MSE 0.014 to 0.026" in rows["sine_plain"]
    assert "our audit of nn4n" in rows["sine_plain"]
    assert ">not reproduced<" in rows["sine_biased"]
    assert ">needs more runs<" in rows["every"]
    assert all("<svg" in row for row in rows.values())
    dialog.view.section.value = "As published / corrected"
    assert "Scales the gradient" in dialog.view.variants.object


def test_the_figures_are_redrawn_and_exported_with_their_numbers(dialog):
    measured()
    dialog.choose(NAME)
    dialog.view.section.value = "Figures"
    plots = [plot for shown in dialog.view.figures.select(lambda o: hasattr(o, "object")) if isinstance(
        plot := shown.object, Plot)]  # fmt: skip
    assert {plot.name for plot in plots} == {"paper_nn4n_sine"}, "one of which nothing was measured is not shown"
    sine = next(f for f in dialog.view.result.judged.figures if f.name == "sine")
    numbers = pd.read_csv(io.BytesIO(rendered(twin_of(sine), "csv")))
    assert set(numbers["series"]) == {"start", "end"}
    assert rendered(twin_of(sine), "pdf").startswith(b"%PDF")
    assert b"<svg" in rendered(twin_of(sine), "svg")


@pytest.mark.parametrize("kind", ["lines", "points", "bars"])
@pytest.mark.parametrize("log", [False, True])
def test_every_kind_of_figure_is_drawn_with_its_intervals(kind, log):
    x = ("a", "b", "c") if kind == "bars" else (0.1, 1.0, 10.0)
    one = Series("one", x, (1.0, 2.0, float("nan")), (-1.0, 1.5, float("nan")), (1.5, 2.5, float("nan")))
    figure = Figure("f", "Title", "x", "y", kind, (one, Series("two", x, (3.0, 2.0, 1.0))), log_x=log, log_y=log,
                    reference=(("chance", 0.5),))  # fmt: skip
    plot = drawn("p", figure)
    sources = [source for source in plot.select({"type": ColumnDataSource}) if "y_said" in source.data]
    assert {"1 [−1, 1.5]", "3"} <= {said for source in sources for said in source.data["y_said"]}
    assert rendered(twin_of(figure), "png").startswith(b"\x89PNG")


def test_a_recipe_goes_into_the_form_in_one_step_that_undo_takes_back(dialog):
    before = dialog.session.experiment
    dialog.choose(NAME)
    assert dialog.view.section.value == "Recipes"
    row = next(row for row in dialog.view.parts.rows if row["name"] == "sine_with_biases")
    assert (row["state"], row["variant"]) == ("to do", "with biases")
    dialog.view.parts._handle_msg("sine_with_biases")
    assert dialog.session.experiment == paper(NAME).part("sine_with_biases", Scale()).experiment
    assert not dialog.dialog.open
    dialog.session.undo()
    assert dialog.session.experiment == before


def test_shipped_results_open_without_training_and_say_how_they_were_made(dialog, apart):
    made = {"paper": NAME, "full": False, "seeds": None, "first_seed": 0, "version": "0.1.0", "date": "2026-11-22"}
    folder = apart / "assets" / NAME
    folder.mkdir(parents=True)
    (folder / "paper.json").write_text(
        json.dumps(made | {"recipes": [recipe(p) for p in paper(NAME).parts(Scale())][1:]})
    )
    rows = [("sine_with_biases", "with biases", k, "error at the end (MSE)", None, 0.001) for k in range(4)]
    columns = ["part", "variant", "network", "measure", "at", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "numbers.csv", index=False)
    assert "shipped results" in card(dialog)["state"]
    dialog.choose(NAME)
    assert "made by version 0.1.0 on 2026-11-22" in dialog.view.state.object
    assert "1 recipe changed since" in dialog.view.state.object
    assert ">reproduced<" in dialog.view.claims.object
    (folder / "numbers.csv").write_text("part\n")
    dialog.back()
    assert "The shipped results of nn4n cannot be read" in card(dialog)["state"]


@pytest.mark.parametrize("text", ["{", "[]", '{"paper": "nn4n"}', '{"paper": "nobody"}', ""])
def test_a_damaged_folder_is_one_sentence_on_the_card_and_the_others_stay(dialog, text):
    folder = measured()
    (folder / "paper.json").write_text(text)
    assert card(dialog)["state"].count('class="wrong"') == 1
    assert "not run yet" in card(dialog, "ring_identification")["state"]
    dialog.choose(NAME)
    assert "wrong" in dialog.view.state.object


def test_a_damaged_reading_and_a_failed_run_are_sentences_too(dialog):
    folder = measured()
    next((folder / "parts").glob("sine_with*.csv")).write_bytes(b"\xff\x00,")
    assert "is damaged" in card(dialog)["state"]
    measured()
    told(folder, state="failed", message="The disk is full; make room.")
    assert "The disk is full" in card(dialog)["state"]
    (folder / FILE).write_text("{")
    assert "stopped at" in card(dialog)["state"]


def test_one_paper_runs_at_a_time_stop_asks_it_and_a_process_that_fell_silent_has_failed(dialog, monkeypatch):
    begun, child = [], SimpleNamespace(pid=1, poll=lambda: None)
    monkeypatch.setattr(shelf, "spawn", lambda *asked: begun.append(asked) or child)
    dialog.choose(NAME)
    dialog.view.running.seeds.value = 1
    dialog.view.running._go()
    folder = folder_of(paper(NAME), Scale(seeds=1))
    words, where = begun[0]
    assert where == folder
    assert " ".join(words) == f"papers run {NAME} --out {folder} --quiet --seeds 1 --first-seed 0"
    assert dialog.view.result.folder == folder
    assert dialog.view.running.go.disabled
    with pytest.raises(Invalid, match="One paper runs at a time"):
        desk().start(paper("ring_identification"), Scale())
    dialog.view.running._stop()
    assert (folder / STOP).exists()
    silent = Standing("running", "", Process(2**22 + 7, 1.0, Process.this().host), time.time())
    (folder / FILE).write_text(json.dumps({**vars(silent), "process": vars(silent.process)}))
    (folder / "log.txt").write_text("connectarium papers: There is no room.\n")
    dialog.tick()
    assert "There is no room." in dialog.view.state.object
    assert dialog.view.running.go.label == "Go on"


@pytest.mark.parametrize("kind", ["map", "network", "flows"])
def test_a_group_of_figures_shares_a_card_with_a_choice(kind):
    rows = tuple(
        Series(name, ("a", "b"), (1.0, -2.0), marked=(True, False), width=(1.0, 0.5)) for name in ("a", "b")
    )  # fmt: skip
    places = (("a", 0.0, 0.0), ("b", 1.0, 0.0))
    figures = tuple(
        Figure(f"f{k}", "Title", "from", "to", kind, rows, colour="w", places=places, group="All", choice=f"choice {k}")
        for k in range(3)
    )
    (card,) = figure_cards("p", figures)
    (choice,) = card.select(pmui.Select)
    assert list(choice.options) == ["choice 0", "choice 1", "choice 2"]
    choice.value = 2
    shown = [pane.object.name for pane in card.select(pn.pane.Bokeh)]
    assert shown == ["paper_p_f2"]
    assert card.min_height > 250
    assert rendered(twin_of(figures[2]), "png").startswith(b"\x89PNG")


def test_the_tables_of_a_paper_are_read_and_its_own_data_can_be_chosen(dialog):
    dialog.choose("goulas_2021")
    assert "connectome: " in " ".join(dialog.view.running.own.options)
    dialog.view.running.own.value = (("connectome", "worm_cook2019"),)
    assert dialog.view.running.scale.own == (("connectome", "worm_cook2019"),)
    dialog.view.section.value = "Recipes"
    assert all("worm_cook2019" in row["about"] for row in dialog.view.parts.rows if row["name"].startswith("recall"))
    dialog.choose("ring_identification")
    assert not dialog.view.running.own.visible
    dialog.view.section.value = "Bumps"
    assert [net["name"] for net in dialog.view.bumps.bumps.nets] == ["Ring attractor"]
    assert "Tables" not in dialog.view.section.options
    dialog.choose("achterberg_2023")
    dialog.view.section.value = "Tables"
    assert "when its first parts are done" in dialog.view.tables.said.object
