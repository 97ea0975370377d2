"""The address bar holds the experiment and the run, both ways."""

from urllib.parse import parse_qs

import pytest

from app.location import AddressBar, copied, read, search
from app.session import Session
from engine.experiments.experiment import Experiment
from engine.experiments.presets import PRESETS
from engine.experiments.store import Store


def arguments(text):
    return {key: [v.encode() for v in values] for key, values in parse_qs(text.removeprefix("?")).items()}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.title)
def test_a_link_restores_the_whole_experiment_and_its_run(preset):
    experiment = preset.experiment()
    assert read(arguments(search(experiment, "r_3fa9c1"))) == (experiment, "r_3fa9c1", "")


def test_the_default_experiment_needs_no_link():
    assert search(Experiment(), None) == ""
    assert read({}) == (Experiment(), None, "")


@pytest.mark.parametrize("bad", ["garbage", "eNo", "é", "A" * 70_000, ""])
def test_a_bad_link_gives_the_defaults_and_one_sentence(bad):
    experiment, run, fault = read({"x": [bad.encode()]})
    assert (experiment, run) == (Experiment(), None)
    assert "could not be opened" in fault
    assert "Traceback" not in fault


@pytest.mark.parametrize("bad", ["../../etc/passwd", "r_", "12", "r_<b>", "r_" + "a" * 200])
def test_a_run_with_an_impossible_name_is_ignored_and_told(bad):
    experiment, run, fault = read({"run": [bad.encode()]})
    assert (experiment, run) == (Experiment(), None)
    assert "no valid name" in fault


def test_a_link_to_a_run_alone_brings_its_experiment(tmp_path, monkeypatch):
    kept = Store(tmp_path)
    monkeypatch.setattr("app.location.store", lambda: kept)
    asked = PRESETS[1].experiment().with_value("dynamics.tau_ms", 61)
    run = kept.create(asked).id
    assert read(arguments(f"?run={run}")) == (asked, run, "")
    assert read(arguments(search(Experiment(), run))) == (Experiment(), run, "")
    assert read(arguments("?run=r_260101_000000_zzzzz")) == (Experiment(), "r_260101_000000_zzzzz", "")


def test_the_address_bar_follows_experiment_and_run():
    session = Session(Experiment())
    bar = AddressBar(session)
    assert bar.model.text == ""
    session.change("dynamics.tau_ms", 40)
    session.run = "r_abc"
    assert read(arguments(bar.model.text)) == (session.experiment, "r_abc", "")


def test_copying_works_without_a_secure_context():
    code = copied("window.location.href")
    assert "const text = window.location.href;" in code
    assert "execCommand('copy')" in code


def test_addresses_in_a_link_set_values_and_an_unknown_one_is_told():
    link = "?wiring.connectome=worm_cook2019&task.kind=flip_flop&dt_ms=10&training.clip_norm=none&theme=dark"
    wanted = {"wiring.connectome": "worm_cook2019", "task.kind": "flip_flop", "dt_ms": 10, "training.clip_norm": None}
    assert read(arguments(link)) == (Experiment().with_values(wanted), None, "")
    experiment, _, fault = read(arguments("?dynamics.tau=50"))
    assert experiment == Experiment()
    assert "dynamics.tau_ms" in fault


def test_every_part_of_a_link_that_cannot_be_used_is_told_and_the_others_are_used():
    link = "?foo=1&x=!!!&dynamics.tau_ms=abc&tau=3&task.kind=flip_flop&dt_ms=10&run=r_nope"
    experiment, run, fault = read(arguments(link))
    assert (experiment, run) == (Experiment().with_values({"task.kind": "flip_flop", "dt_ms": 10}), "r_nope")
    for said in (
        "This link could not be opened",
        "'foo'",
        "dynamics.tau_ms is 'abc'",
        "Did you mean 'dynamics.tau_ms'?",
    ):
        assert said in fault
    _, run, fault = read(arguments("?run=12&x=!!!"))
    assert "could not be opened" in fault
    assert "no valid name" in fault


def test_a_link_full_of_nonsense_is_soon_answered_in_few_words():
    many = {f"{k}{'a' * 9000}": [b"1"] for k in range(500)}
    assert len(read(many)[2]) < 1500
