"""Data of one's own in a paper, forecasts that follow the size, and figures that are no curves."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from engine.component import Invalid
from engine.experiments.papers import paper
from engine.experiments.papers.balwani_2025.conditions import conditions, known_pairs, tables
from engine.experiments.papers.conduct import claim_folder, folder_of, read_scale
from engine.experiments.papers.drawing import pdf, svg
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import COLUMNS, Scale, Table
from engine.experiments.papers.report import numbers
from engine.experiments.papers.shapes import arrows, ribbons
from engine.experiments.work import times_as_long
from engine.recordings.two_photon import POPULATIONS, TwoPhoton

NODES = (("a", 0.0, 0.0), ("b", 1.0, 0.0))
FLOWS = (Series("a", ("a", "b"), (1.0, -3.0), width=(0.5, 1.0)), Series("b", ("a", "b"), (2.0, 0.0), width=(0.2, 0.0)))


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    return tmp_path


def own(*names: str) -> Scale:
    return Scale(own=tuple((what, name) for what, _, name in (one.partition("=") for one in names)))


def test_data_that_a_paper_does_not_take_or_that_are_not_there_are_refused():
    with pytest.raises(Invalid, match=r"takes no 'conectome'.*connectome"):
        paper("goulas_2021").parts(own("conectome=worm_cook2019"))
    with pytest.raises(Invalid, match=r"no connectome 'worm_cook2018'.*worm_cook2019"):
        paper("goulas_2021").parts(own("connectome=worm_cook2018"))
    with pytest.raises(Invalid, match="none yet: A MICrONS field"):
        paper("shakiba_2026").parts(own("field=6_6_2"))
    with pytest.raises(Invalid, match="nn4n takes no"):
        paper("nn4n").parts(own("connectome=worm_cook2019"))


def test_a_connectome_of_ones_own_takes_the_place_of_the_species(tmp_path):
    one, scale = paper("goulas_2021"), own("connectome=fly_larva_mb")
    wirings = {part.experiment.wiring.connectome for part in one.parts(scale) if part.experiment}
    assert wirings == {"fly_larva_mb"}
    folder = folder_of(one, scale)
    claim_folder(one, folder, scale)
    assert read_scale(folder) == ("goulas_2021", scale)
    assert "connectome-fly_larva_mb" in folder.name
    with pytest.raises(Invalid, match="connectome fly_larva_mb"):
        claim_folder(one, folder, Scale())


def test_recordings_of_ones_own_are_conditions_that_are_compared_with_p_and_q(store):
    folder = store / "recordings" / "mine"
    folder.mkdir(parents=True)
    for stem in ("familiar_change", "laser on", "laser off"):
        session = TwoPhoton(samples=20).session()
        np.savez(folder / f"{stem}.npz", rates=session.rates.numpy(), unit_names=POPULATIONS, dt_ms=93.0)
    parts = paper("balwani_2025").parts(own("recordings=mine"))
    assert [part.variant for part in parts] == ["familiar, change", "laser off", "laser on"]
    assert {part.experiment.task.recording.file for part in parts} == {
        f"mine/{stem}.npz" for stem in ("familiar_change", "laser on", "laser off")
    }
    groups = ("V1 L2/3", "V1 L4", "V1 L5", "LM L2/3", "LM L4", "LM L5")
    rng = np.random.default_rng(0)
    rows = [
        (part.name, part.variant, run, measure, np.nan, rng.normal(1, 0.01) + (part.variant == "laser on"))
        for part in parts for run in range(5)
        for measure in ("mean |w|", *(f"{kind}, {a} to {b}" for kind in ("mean |w|", "density")
                                      for a in groups for b in groups))
    ]  # fmt: skip
    table = Table(pd.DataFrame(rows, columns=list(COLUMNS)))
    assert conditions(table) == ("familiar, change", "laser off", "laser on")
    assert len(known_pairs(table)) == 3
    found = tables(table)["comparison_layers"].set_index(["first_condition", "second_condition"])
    assert (found.loc[("laser off", "laser on"), "q"] < 0.05).all()
    assert (found.loc[("familiar, change", "laser off"), "q"] > 0.05).all()
    names = {figure.name for figure in paper("balwani_2025").figures(table) if figure.has_points}
    assert {"map_layers_3", "difference_layers_3", "network_3", "sankey_3"} <= names


@pytest.mark.parametrize("name", ["ring_identification", "nn4n", "goulas_2021"])
def test_forecasts_follow_seeds_and_sizes(name):
    def seconds(scale: Scale) -> float:
        return sum(part.seconds for part in paper(name).parts(scale) if part.experiment)

    assert 1.5 < seconds(Scale(seeds=8)) / seconds(Scale(seeds=4)) < 2.1
    assert seconds(Scale(full=True)) > 1.5 * seconds(Scale())
    assert seconds(Scale(first_seed=50)) == pytest.approx(seconds(Scale()))


def test_twice_the_updates_take_twice_as_long():
    (part,) = (p for p in paper("nn4n").parts(Scale()) if p.name == "song_two_areas")
    steps = part.experiment.training.steps
    assert times_as_long(part.experiment.with_value("training.steps", 2 * steps), part.experiment) == pytest.approx(2)


def test_ribbons_are_as_thick_as_what_they_say_and_arrows_go_both_ways():
    figure = Figure("f", "Title", "from", "to", "flows", FLOWS, colour="change")
    found, blocks = ribbons(figure)
    thick = {(r.source, r.target): r.y[0] - r.y[-1] for r in found}
    assert thick[("a", "b")] == pytest.approx(3 * thick[("a", "a")])
    assert len(found) == 3, "what does not differ has no ribbon"
    assert sum(block.top - block.bottom for block in blocks if block.left > 0.5) == pytest.approx(1)
    network = Figure("n", "Title", "from", "to", "network", FLOWS, places=NODES, colour="change")
    ways = {(a.source, a.target): a for a in arrows(network)}
    assert set(ways) == {("a", "a"), ("a", "b"), ("b", "a")}, "nothing without width"
    assert ways[("a", "b")].y.mean() * ways[("b", "a")].y.mean() < 0, "bent to different sides"


@pytest.mark.parametrize("kind", ["map", "network", "flows"])
def test_figures_that_are_no_curves_are_drawn_and_kept_as_numbers(kind):
    series = tuple(Series(s.name, s.x, s.y, marked=(True, False), width=s.width) for s in FLOWS)
    figure = Figure("f", "Title", "from", "to", kind, series, places=NODES, colour="change of w")
    assert pdf(figure).startswith(b"%PDF")
    assert "change of w" in svg(figure) or kind == "flows"
    found = numbers(figure)
    assert list(found.columns) == ["to", "from", "change of w", "marked", "width"]
    assert found["change of w"].tolist() == [1.0, -3.0, 2.0, 0.0]


def test_shakiba_keeps_the_published_folder_and_its_zip_beside_the_report(tmp_path):
    one = paper("shakiba_2026")
    files = dict(one.extras(Table(pd.DataFrame(columns=list(COLUMNS))), tmp_path))
    assert b"session_scan_field = drawn" in files["drawn_sttc-corr/config.txt"]
    with zipfile.ZipFile(io.BytesIO(files["drawn_sttc-corr.zip"])) as box:
        assert box.read("config.txt") == files["drawn_sttc-corr/config.txt"]
