"""Where the work on a paper stands is told in its folder, where it can be stopped; finished results are shipped."""

import argparse
import json
import time
from dataclasses import asdict, replace

import pandas as pd
import pytest

from engine.commands import papers as command_of_papers
from engine.component import Invalid
from engine.experiments.papers.conduct import conduct, read_table
from engine.experiments.papers.paper import Part, Scale
from engine.experiments.papers.shipped import made_by, other_seeds, read_shipped, ship, shipped
from engine.experiments.papers.verdict_rows import verdict_rows
from engine.experiments.stand import FILE, STOP, Standing, ask_to_stop, begin, read_standing
from engine.experiments.status import Process
from tests.engine.papers.test_conduct import SMALL

NOBODY = Process(2**22 + 5, 1.0, Process.this().host)


def test_where_it_stands_is_told_and_a_request_stops_it_at_the_next_step(tmp_path):
    assert read_standing(tmp_path) is None
    stands = []
    for stand in conduct(SMALL, tmp_path, Scale()):
        stands.append(stand)
        if stand.step == 3:
            told = read_standing(tmp_path)
            assert (told.state, told.stand.part) == ("running", "trained")
            ask_to_stop(tmp_path)
    assert stands[-1].step == 3
    assert (tmp_path / "runs" / stands[-1].run / "metrics.jsonl").exists()
    assert read_standing(tmp_path).state == "stopped"
    assert not (tmp_path / STOP).exists()
    shares = [stand.share for stand in conduct(SMALL, tmp_path, Scale())]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert read_standing(tmp_path).state == "done"


def test_a_part_that_fails_is_told_in_a_sentence(tmp_path):
    def fails():
        raise ValueError("no bump")

    broken = replace(SMALL, plan=lambda _: (Part("bad", "", 1, compute=fails),))
    with pytest.raises(ValueError, match="no bump"):
        list(conduct(broken, tmp_path, Scale()))
    told = read_standing(tmp_path)
    assert (told.state, told.message) == ("failed", "ValueError: no bump")


def test_work_whose_process_is_gone_has_stopped_and_a_living_one_is_not_disturbed(tmp_path):
    (tmp_path / FILE).write_text(json.dumps(asdict(Standing("running", "", NOBODY, time.time()))))
    assert read_standing(tmp_path).state == "stopped"
    begin(tmp_path, Process.this(1))
    with pytest.raises(Invalid, match="in the hands of another process"):
        list(conduct(SMALL, tmp_path, Scale()))


def test_a_damaged_stand_is_a_sentence_and_hinders_nobody(tmp_path):
    for text in ("{", "[]", '{"state": "asleep"}'):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(Invalid, match=FILE):
            read_standing(tmp_path)
    assert list(conduct(SMALL, tmp_path, Scale(seeds=1)))[-1].share == 1


def test_what_is_shipped_gives_the_verdicts_of_the_run_that_it_comes_from(tmp_path, monkeypatch, capsys):
    source, into = tmp_path / "run", tmp_path / "assets"
    stands = conduct(SMALL, source, Scale())
    next(stands)
    stands.close()
    with pytest.raises(Invalid, match="0 of 2 parts"):
        ship(SMALL, source, into)
    list(conduct(SMALL, source, Scale()))
    monkeypatch.setattr(command_of_papers, "paper", lambda _: SMALL)
    monkeypatch.setattr(command_of_papers.ship, "__defaults__", (into, None))
    words = ["ship", "small", "--from", str(source)]
    parser = argparse.ArgumentParser()
    command_of_papers.add_arguments(parser)
    assert command_of_papers.command(parser.parse_args(words)) == 0
    folder = shipped("small", into)
    rows = verdict_rows(SMALL, read_shipped(folder)), verdict_rows(SMALL, read_table(source))
    for row, own in zip(*rows, strict=True):
        assert (row["verdict"], row["why"], row["n"]) == (own["verdict"], own["why"], own["n"])
    assert {"version", "date", "recipes", "first_seed"} <= made_by(folder).keys()
    assert len(pd.read_csv(folder / "claims.csv")) == 3
    assert other_seeds(SMALL, folder, into) is None
    list(conduct(SMALL, again := tmp_path / "again", Scale(first_seed=10)))
    with pytest.raises(Invalid, match="but for its first seed"):
        ship(SMALL, source, into, again=source)
    ship(SMALL, source, into, again=again)
    seen = read_table(again), other_seeds(SMALL, folder, into)
    assert seen[0].rows["value"].tolist() == pytest.approx(seen[1].rows["value"].tolist(), rel=1e-6)
    assert other_seeds(SMALL, again, into).rows["value"].tolist() == read_shipped(folder).rows["value"].tolist()
    (folder / "numbers.csv").write_text("part,variant\na,b")
    with pytest.raises(Invalid, match="damaged"):
        read_shipped(folder)
