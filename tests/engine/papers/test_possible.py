"""What a quantity can be: intervals are told inside it, verdicts are given by the whole interval."""

import math

import numpy as np
import pytest

from engine.experiments.papers.possible import possible
from engine.experiments.papers.verdict import judge, judge_each, judge_side, needs_data

INF = math.inf


@pytest.mark.parametrize(
    ("of", "least", "most"),
    [
        ("accuracy on 500 trials (chance 0.5)", 0, 1),
        ("accuracy over that of the ideal observer (chance 0.5 on the task)", 0, INF),
        ("accuracy, Dale's - rectifier", -1, 1),
        ("share of |W|", 0, 1),
        ("r of |W| and distance, off the diagonal", -1, 1),
        ("difference of the correlations, paired by seed", -2, 2),
        ("|circulant correlation|", 0, 1),
        ("|realised - wanted density|, by network and density", 0, 1),
        ("|E - I| / E", 0, INF),
        ("modularity Q: diagonal only", -0.5, 1),
        ("modularity Q: W*D*C* less W*D*C* without EMD, paired", -1.5, 1.5),
        ("σ, null of equal density", 0, INF),
        ("seRNN - L1: σ, null of equal density, solved pairs", -INF, INF),
        ("loss of random - loss of top-prob, one value a density", -INF, INF),
        ("epochs, bio minus random, mean of both synapses by seed", -INF, INF),
        ("squared correlation at a lag", 0, 1),
        ("something that nobody bounds", -INF, INF),
    ],
)
def test_a_quantity_is_bounded_by_what_it_is_called(of, least, most):
    assert possible(of) == (least, most)


def test_an_interval_is_told_inside_what_the_quantity_can_be_in_its_sentence_too():
    found = judge(np.array([0.7, 1.0, 1.0]), "accuracy", least=0.95)
    assert (found.word, found.high) == ("partly", 1.0)
    assert " to 1 reaches it" in found.why
    assert judge_each(np.array([-0.99, -0.7]), "correlation", most=0).low == -1.0


def test_the_verdict_is_given_by_the_whole_interval():
    found = judge_side(np.array([0.01, 0.1, 0.5]), "test loss", least=0)
    assert (found.word, found.low) == ("needs more runs", 0.0), "the whole interval reaches below 0"


def test_a_name_that_its_mean_belies_cuts_nothing():
    found = judge(np.array([1.1, 1.3]), "accuracy")
    assert found.low < 1.1
    assert found.high > 1.3


def test_a_verdict_without_its_data_says_what_is_lacking_and_how_it_is_added():
    found = needs_data(judge(np.array([1.0, 1.2]), "epochs", least=0), "the file of the macaque", "connectarium x")
    assert (found.word, found.n) == ("needs data", 2)
    assert "the file of the macaque" in found.why
    assert "connectarium x" in found.why
