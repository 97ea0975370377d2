"""A paper is run part by part, goes on where it was left, and reports every claim with its numbers."""

import json
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.component import Invalid
from engine.experiments.papers import paper
from engine.experiments.papers.conduct import conduct, read_table
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import COLUMNS, Claim, Paper, Part, Reading, Scale, Table
from engine.experiments.papers.report import write_report
from engine.experiments.papers.series import over_variants
from engine.experiments.papers.verdict import judge, judge_each, judge_share, judge_side
from engine.experiments.papers.verdict_rows import alike, verdict_rows
from tests.engine.small_experiment import small_experiment


def losses(outcome):
    for k, loss in enumerate(outcome.run.status().loss):
        yield Reading("held-out loss", loss, network=k)
    for k, moved in enumerate((outcome.network.W_rec - outcome.first.W_rec).abs().amax((1, 2)).tolist()):
        yield Reading("largest change of a weight", moved, network=k)


def plan(scale):
    seeds = scale.seeds or 2
    experiment = small_experiment(seeds__networks=seeds, seeds__weights=scale.first_seed)
    return (
        Part("trained", "Two small networks.", 2, measure=losses, experiment=experiment),
        Part("counted", "A number that needs no training.", 1, compute=lambda: [Reading("count", 3.0)]),
    )


SMALL = Paper(
    name="small",
    title="A small <paper>",
    citation="Nobody (2026)",
    question="Does it run?",
    plan=plan,
    claims=(
        Claim("learns", "Weights move.", "none", "> 0", lambda t: judge(t.of("largest change of a weight"), "", 1e-6)),
        Claim("counts", "Three.", "none", "3", lambda t: judge(t.of("count", part="counted"), "", 3, 3)),
        Claim("many", "Ten networks.", "none", "any", lambda t: judge(t.of("held-out loss"), "", needs=10)),
    ),
    figures=lambda t: (
        Figure("loss", "Loss", "network", "loss", "bars",
               (Series("all", ("0", "1"), tuple(t.of("held-out loss")), (0.0, 0.0), (1.0, 1.0)),)),
    ),
)  # fmt: skip


def test_a_paper_runs_to_its_end_and_reports_its_verdicts_and_all_numbers(tmp_path):
    stands = list(conduct(SMALL, tmp_path, Scale()))
    assert stands[-1].left_s == 0
    assert {stand.part for stand in stands} == {"trained", "counted", ""}
    table = read_table(tmp_path)
    assert [row["verdict"] for row in verdict_rows(SMALL, table)] == ["reproduced", "reproduced", "needs more runs"]
    page = write_report(SMALL, table, tmp_path).read_text()
    assert "A small &lt;paper&gt;" in page
    assert "<svg" in page
    assert len(pd.read_csv(tmp_path / "numbers.csv")) == 5
    assert (tmp_path / "loss.pdf").read_bytes().startswith(b"%PDF")
    json.dumps(verdict_rows(SMALL, table), allow_nan=False)


def test_what_is_done_is_not_done_again_and_what_was_left_goes_on(tmp_path):
    for stand in conduct(SMALL, tmp_path, Scale()):
        if stand.step >= 11:
            break
    assert not list((tmp_path / "parts").glob("*.csv"))
    rest = [stand for stand in conduct(SMALL, tmp_path, Scale()) if stand.part == "trained" and stand.said]
    assert min(stand.step for stand in rest if stand.step) >= 11
    left = read_table(tmp_path)
    whole = tmp_path / "whole"
    list(conduct(SMALL, whole, Scale()))
    np.testing.assert_array_equal(left.of("held-out loss"), read_table(whole).of("held-out loss"))
    assert [stand.part for stand in conduct(SMALL, tmp_path, Scale())] == [""]


def test_a_recipe_that_changed_is_trained_anew(tmp_path):
    list(conduct(SMALL, tmp_path, Scale()))
    longer = replace(SMALL, plan=lambda s: (replace(plan(s)[0], experiment=small_experiment(training__steps=31)),))
    assert {stand.part for stand in conduct(longer, tmp_path, Scale())} == {"trained", ""}
    assert len(read_table(tmp_path).of("held-out loss")) == 1  # of the newer recipe, which has one network


def test_a_folder_of_another_scale_is_refused(tmp_path):
    list(conduct(SMALL, tmp_path, Scale()))
    with pytest.raises(Invalid, match="holds small with default sizes, its own number of seeds from 0"):
        next(conduct(SMALL, tmp_path, Scale(first_seed=5)))


@pytest.mark.parametrize(
    ("values", "least", "most", "needs", "word"),
    [
        ([1.0, 1.2], 0.9, 1.3, 2, "reproduced"),
        ([1.0, 1.2], 0.9, 1.3, 3, "needs more runs"),
        ([1.0, 1.2], 1.3, 9, 2, "partly"),
        ([1.0, 1.01, 1.02], 1.3, 9, 2, "not reproduced"),
        ([1.0], 1.3, 9, 1, "not reproduced"),
        ([1.0, float("nan")], 0.9, 1.1, 2, "needs more runs"),
        ([], 0.9, 1.1, 1, "needs more runs"),
    ],
)
def test_the_word_follows_from_the_mean_its_interval_and_the_number_of_networks(values, least, most, needs, word):
    assert judge(np.array(values), "", least, most, needs).word == word


def test_a_claim_on_every_network_counts_those_that_keep_it():
    assert judge_each(np.array([1.0, 2.0]), "", least=1.5).word == "partly"
    assert judge_each(np.array([1.6, 2.0]), "", least=1.5).word == "reproduced"
    assert "1 of 2 are at least 1.5" in judge_each(np.array([1.0, 2.0]), "", least=1.5).why


@pytest.mark.parametrize(
    ("holding", "of", "needs", "word"),
    [(9, 10, 10, "reproduced"), (6, 10, 10, "not reproduced"), (8, 10, 10, "partly"), (10, 10, 11, "needs more runs")],
)
def test_a_share_of_networks_has_wilsons_interval_which_never_leaves_0_to_1(holding, of, needs, word):
    found = judge_share(np.arange(of) < holding, "", least=0.9, needs=needs)
    assert (found.word, found.value) == (word, holding / of)
    assert 0 <= found.low < found.value <= found.high + 1e-12 <= 1 + 1e-12


def test_a_share_of_no_networks_needs_more_runs():
    found = judge_share(np.zeros(0, bool), "", least=0.9)
    assert (found.word, found.n) == ("needs more runs", 0)
    assert math.isnan(found.low)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ((0.9, 1.0, 1.1), "reproduced"),
        ((-0.9, -1.0, -1.1), "not reproduced"),
        ((-0.5, 1.0, 1.1), "needs more runs"),
        ((0.5, -1.0, -1.1), "needs more runs"),
        ((1.0, 1.0), "needs more runs"),
    ],
)
def test_which_is_larger_is_told_by_the_whole_interval_not_by_the_mean(values, word):
    assert judge_side(np.array(values), "difference", least=0, needs=3).word == word


@pytest.mark.parametrize(
    ("name", "part", "pairs"), [("achterberg_2023", "groups", 2), ("shakiba_2026", "published_seeds_0_to_3", 11)]
)
def test_partners_of_a_pair_learn_from_the_same_trials_and_every_pair_from_its_own(name, part, pairs):
    def trial_seeds(first_seed):
        asked = paper(name).part(part, Scale(first_seed=first_seed)).experiment
        drawn, seeds = {}, {}
        for difference in asked.training.differences:
            if difference.trial_seed is not None:
                seeds |= dict.fromkeys(difference.networks, difference.trial_seed)
                drawn |= dict.fromkeys(difference.networks, difference.draw)
        assert sorted(seeds) == list(range(1, asked.seeds.networks + 1))
        assert len({(seeds[k], drawn[k]) for k in seeds}) == len(seeds) // pairs
        return Counter(seeds.values())

    here, elsewhere = trial_seeds(0), trial_seeds(10)
    assert {*here.values()} == {pairs}
    assert not {*here} & {*elsewhere}


@pytest.mark.parametrize(
    ("name", "part", "of"),
    [
        ("balwani_2025", "cell_types_exact", lambda asked: asked.task.recording),
        ("ring_identification", "separated", lambda asked: asked.task.recording),
        ("shakiba_2026", "controls", lambda asked: (asked.wiring, asked.seeds.wiring)),
    ],
)
def test_data_that_stand_for_measured_ones_do_not_depend_on_the_seeds_of_networks(name, part, of):
    here, elsewhere = (paper(name).part(part, Scale(first_seed=first)).experiment for first in (0, 10))
    assert of(here) == of(elsewhere)
    assert here.seeds.weights != elsewhere.seeds.weights


@pytest.mark.parametrize(
    ("others", "same", "turned"),
    [
        (("reproduced", "partly"), 2, None),
        (("not reproduced", "partly"), 1, "of the 1 others 1"),
        (("reproduced", "reproduced"), 1, "of the 1 others none"),
        (("not reproduced", "reproduced"), 0, "of the 2 others 1"),
    ],
)
def test_how_many_verdicts_stay_with_other_seeds_is_one_sentence(others, same, turned):
    rows = [{"verdict": a, "other_seeds": b} for a, b in zip(("reproduced", "partly"), others, strict=True)]
    rest = f"; {turned} turned over (reproduced against not reproduced)" if turned else ""
    assert alike(rows) == f"With other seeds {same} of 2 verdicts are the same{rest}."


def test_an_interval_of_accuracies_is_not_drawn_where_none_can_be():
    rows = [
        ("p", "a", n, what, math.nan, value) for what in ("accuracy", "current") for n, value in enumerate((1, 1, 0.2))
    ]
    drawn = [
        over_variants("", Table(pd.DataFrame(rows, columns=COLUMNS)), what, ("a",)) for what in ("accuracy", "current")
    ]
    assert (drawn[0].low, drawn[0].high) == ((0.0,), (1.0,))
    assert drawn[1].low[0] < 0 < 1 < drawn[1].high[0]


def test_pairs_are_the_networks_that_both_variants_have():
    rows = [("p", "a", n, "m", math.nan, float(n)) for n in (2, 0, 5)]
    rows += [("p", "b", n, "m", math.nan, 10.0 * n) for n in (5, 1, 2)]
    one, other = Table(pd.DataFrame(rows, columns=COLUMNS)).pairs("m", "a", "b", part="p")
    assert one.tolist() == [2, 5]
    assert other.tolist() == [20, 50]
