"""What is claimed of spatially embedded networks, and how each claim is judged."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from engine.experiments.papers.achterberg_2023.recipe import (
    HARD,
    JOINED,
    L1,
    LENGTHS,
    MAP,
    NONE,
    SERNN,
    SHUFFLED,
    SOLVED,
)
from engine.experiments.papers.achterberg_2023.rules import homophily_less_others
from engine.experiments.papers.paper import Claim, Table, Variant
from engine.experiments.papers.verdict import Verdict, judge, judge_each, judge_share, judge_side

DOCUMENT = "our audit of Achterberg et al."
PAPER = "Achterberg et al. (2023)"
GROUPS = f"ours; groups of {PAPER}, without numbers in our document"
SUMS = {0.02: 558.0, 0.05: 406.0, 0.08: 404.0, 0.12: 269.0, 0.2: 142.0}  # Σ|W| of seRNN by penalty, measured before
LENGTH, Q_OWN = "r(|W|, distance)", "Q, directed, with self-weights"
Q_NONE = "Q, directed, without self-weights"
OWN = "share of self-weights in the top 10 %"
LATE = (
    "The document has six networks, as we have. Networks that failed may not yet have given up their weights after 400 "
    "steps, and others learn late: losses of ours lie between 0.5 and 3.5, those of an independent version in plain "
    "PyTorch between 0.5 and 2.8."
)
Judge = Callable[[Table], Verdict]


def at_some(table: Table, measure: str, part: str, group: str, strengths: Sequence[float]) -> Float[np.ndarray, " n"]:
    """The values of a group at these penalties, in the order of the penalties."""
    return np.concatenate([np.zeros(0), *(table.of(measure, part, group, at=s) for s in strengths)])


def _anchor(measure: str, of: str, least: float, most: float, strength: float | None = None) -> Judge:
    return lambda t: judge(t.of(measure, "anchors", SERNN, strength), of, least, most)


def _last(is_solved: bool) -> Judge:
    """The last epoch's loss of those that learned, at least partly, or of those that did not."""

    def judged(table: Table) -> Verdict:
        accuracy, loss = (table.of(m, "anchors") for m in ("accuracy", "loss in the last epoch"))
        chosen = (accuracy > 0.7) == is_solved
        which = "that learned" if is_solved else "that failed"
        low, high = (1.0, 3.0) if is_solved else (0.54, 0.56)
        return judge_each(loss[chosen], f"loss of networks {which}", low, high, needs=1)

    return judged


def _paired(measure: str, least: float = -math.inf, most: float = math.inf, needs: int = 3) -> Judge:
    """seRNN minus L1 where both of a pair, which began alike, solve the task."""

    def judged(table: Table) -> Verdict:
        rows = table.rows[table.rows["part"] == "groups"]
        able = rows[(rows["measure"] == "accuracy") & (rows["value"] >= SOLVED)][["variant", "network"]]
        mine, other = Table(rows.merge(able)).pairs(measure, SERNN, L1)
        return judge_side(mine - other, f"seRNN - L1: {measure}, solved pairs", least, most, needs)

    return judged


def _t_test(table: Table) -> Verdict:
    groups = [table.of(LENGTH, "groups", group) for group in (SERNN, L1)]
    enough = min(map(len, groups)) > 1
    p = np.array([stats.ttest_ind(*groups).pvalue]) if enough else np.zeros(0)
    return judge_each(p, "p of a t-test of r between the groups", most=1e-6)


def _sums(table: Table) -> Verdict:
    """Group means against those that were measured before, ± 70."""
    found = [table.of("Σ|W|", "groups", SERNN, at=strength) for strength in SUMS]
    off = [values.mean() - sum for values, sum in zip(found, SUMS.values(), strict=True) if len(values)]
    return judge_each(np.array(off), "Σ|W| by penalty, less the reference", -70, 70, needs=len(SUMS))


def _map(measure: str, strengths: Sequence[float]) -> Callable[[Table], Float[np.ndarray, " n"]]:
    return lambda t: at_some(t, measure, "map", SERNN, strengths)


def _fall(table: Table) -> Verdict:
    first, last = (_map("Σ|W|", (strength,))(table) for strength in (MAP[0], MAP[-1]))
    return judge(first / last if len(first) == len(last) else np.zeros(0), "Σ|W| at 0.005 over Σ|W| at 1.5", least=5)


def _rise(measure: str, table: Table) -> Float[np.ndarray, " n"]:
    means = [values.mean() for s in MAP if len(values := _map(measure, (s,))(table))]
    return np.array([max(means) - means[0]]) if means else np.zeros(0)


def _most_below(table: Table) -> Verdict:
    accuracy = _map("accuracy", [s for s in MAP if s < 0.3])(table)
    return judge_share(accuracy >= SOLVED, "share of networks below 0.3 that solve the task", 0.5, needs=4)


def _top_q(table: Table) -> Verdict:
    means = [values.mean() for s in MAP if len(values := _map(Q_OWN, (s,))(table))]
    return judge_each(np.array([max(means)] if means else []), "largest mean Q over the penalties", least=0.2)


def _q_less(table: Table) -> Verdict:
    with_own, without = _rise(Q_OWN, table), _rise(Q_NONE, table)
    return judge_each(without / with_own, "rise of Q without over rise of Q with self-weights", most=0.5)


def _of(measure: str, part: str, group: str | None, of: str, rule: Any = judge_each, **limits: Any) -> Judge:
    return lambda t: rule(t.of(measure, part, group), of, **limits)


CLAIMS = (
    Claim("start", "The penalty of an orthogonal start is 55.1.", f"{DOCUMENT} (3) B1", "55.1 ± 0.5",
          _anchor("penalty of the start", "Σ |W| D C", 54.6, 55.6)),
    Claim("first_epoch_3", "With penalty 0.3 the loss of the first epoch is that of the demo.", f"{DOCUMENT} 6, B1",
          "15.3 ± 0.2", _anchor("loss in epoch 1", "mean loss of epoch 1", 15.1, 15.5, 0.3)),
    Claim("first_epoch_5", "With penalty 0.5 it is larger.", f"{DOCUMENT} 6, B1", "24.8 ± 0.2",
          _anchor("loss in epoch 1", "mean loss of epoch 1", 24.6, 25.0, 0.5)),
    Claim("solved_loss", "Networks that learned end with a loss of 1 to 3.", f"{DOCUMENT} (3) B1", "1.0 to 3.0",
          _last(True), LATE),
    Claim("failed_loss", "Those that failed answer from the choices alone.", f"{DOCUMENT} (3) B1", "0.54 to 0.56",
          _last(False), expected="Without memory nobody is below 0.520; with fresh trials, as many of a kind in every "
          f"batch, it was 0.53. {LATE}"),
    Claim("self", "With penalty 0.5 nearly all self-weights are among the strongest.", f"{DOCUMENT} (3) B1",
          "at least 0.97 of the units",
          lambda t: judge_each(t.of(OWN, "anchors", at=0.5), OWN, least=0.97)),
    Claim("able", "seRNN solve the task over a wide range of penalties.", f"{PAPER}; {DOCUMENT} (3) B2",
          "at least 9 of 10",
          lambda t: judge_share(t.of("accuracy", "groups", SERNN) >= SOLVED, "share of networks at 0.9", 0.9, needs=10),
          expected="Success is all or nothing, and trials decide for it as starts do: with trials of its own for every "
          "network 11 of 20 solve the task within 400 steps with seeds from 0, and 12 of 20 from 10. The document has "
          "15 of 16 with one set of trials; an independent version in plain PyTorch, written after the same text, 9 of "
          "10 with one set and 4 of 10 with another."),
    Claim("lengths", "Their strong connections are short.", f"{PAPER}, r = -0.42 in one network; {DOCUMENT} (3) B2",
          "r within -0.38 to -0.15, every network",
          _of(LENGTH, "groups", SERNN, "r of |W| and distance, off the diagonal", least=-0.38, most=-0.15, needs=10),
          expected="The limits are the range of the document's 16 networks; large penalties reach beyond it."),
    Claim("lengths_l1", "Plain sparsity leaves lengths alone.", f"{PAPER}; {DOCUMENT} (3) B2",
          "|r| < 0.06, every network",
          _of(LENGTH, "groups", L1, "r of |W| and distance, off the diagonal", least=-0.06, most=0.06, needs=10),
          expected="One of forty has 0.064 (penalty 0.005, seeds from 0); the others scatter by about 0.02 around 0."),
    Claim("lengths_test", "The groups differ in that beyond doubt.", f"{DOCUMENT} (3) B2", "p < 1e-6", _t_test),
    Claim("able_l1", "L1 networks solve the task up to 0.012, with an occasional failed seed.", f"{DOCUMENT} (3) B2",
          "11 of 12",
          lambda t: judge_share(at_some(t, "accuracy", "groups", L1, (0.002, 0.005, 0.01)) >= SOLVED,
                                "share of networks at 0.9", 11 / 12, needs=12),
          "The document has one set of trials for all. With their own, 10 of our 12 do with seeds from 0, and 9 of 12 "
          "from 10; all eight with 0.01."),
    Claim("memoryless_l1", "From 0.02 on they have no memory.", f"{DOCUMENT} (3) B2", "accuracy 0.61 to 0.64",
          lambda t: judge_each(at_some(t, "accuracy", "groups", L1, (0.02, 0.04)), "accuracy (no memory: 0.625)",
                               0.61, 0.64, needs=4),
          "One of our sixteen learned all the same (0.02, seeds from 0)."),
    Claim("sums", "The sum of the weights falls with the penalty as measured.", f"{DOCUMENT} (3) B2",
          "558, 406, 404, 269, 142, each ± 70", _sums,
          expected="The reference is the mean of two networks each, ours of four, whose sums differ by up to 160."),
    Claim("modular", "seRNN are more modular than L1 networks.", f"{PAPER}, d = 1.07", "difference above 0",
          _paired(Q_OWN, least=0), expected="By our document Q follows Σ|W|, which differs between the groups; the "
          "published comparison is over other penalties and 390 and 479 networks."),
    Claim("modular_between", "They are so between units, too: without self-weights.", f"{DOCUMENT} 7.4",
          "difference above 0", _paired(Q_NONE, least=0),
          expected="Self-weights cost nothing in seRNN and inflate Q: our document measured .056 to .112 against "
          ".059 to .19 without them."),
    Claim("small_world", "seRNN are small worlds.", PAPER, "σ > 1",
          _of("σ, null of equal density", "groups", SERNN, "σ against nulls of equal density", judge_side, least=1.0)),
    Claim("small_world_published", "They are so against the published null.", PAPER, "σ > 1",
          _of("σ, published null", "groups", SERNN, "σ, published null", judge_side, least=1.0),
          expected="The published null is denser (0.18 against 0.10), which lowers σ."),
    Claim("smaller_world", "They are more so than L1 networks.", f"{PAPER}, d = 0.59", "difference above 0",
          _paired("σ, null of equal density", least=0), expected="The document's own networks overlap (1.15 to 2.10 "
          "against 1.24 to 1.52); σ follows the density of the null and Σ|W|, and penalties differ from the published."
          ),
    Claim("homophily", "Units that share partners are connected.", f"{PAPER}: homophily rules fit best",
          "above 0.5, chance",
          _of("homophily", "groups", SERNN, "chance that a connected pair matches better", judge_side, least=0.5),
          remark="This measures the finished graph; the publication fitted growth rules to it."),
    Claim("rules", "Growth by homophily explains their wiring better than growth by space, clustering or degree.",
          f"{PAPER}: homophily rules fit best, P = 1.04e-91", "energy below the best other family's (ours)",
          lambda t: judge_side(homophily_less_others(t, SERNN), "mean energy of homophily rules, less the least one of "
                          "another family", most=0, needs=3)),
    Claim("mixed", "Selectivity is more mixed in seRNN than in L1 networks.", f"{PAPER}: -0.057 against -0.303",
          "difference above 0", _paired("mixed selectivity at decision", least=0)),
    Claim("goal_clusters", "Goal units lie together in the middle of the trial.", PAPER, "rank below 0.5",
          _of("spatial rank of the goal code, middle", "groups", SERNN, "rank of the distance (0 clustered)",
              judge_side, most=0.5)),
    Claim("energy", "Activity is lower in seRNN.", PAPER, "difference below 0, 50 networks at matched Σ|W|",
          _paired("mean rate after choice onset", most=0, needs=50),
          expected="Our document sets 50 networks a group as the least; run with --full."),
    Claim("map_able", "Most networks with penalties below 0.3 solve the task.", f"{DOCUMENT} (3) B3",
          "accuracy at least 0.9 in most", _most_below),
    Claim("map_top", "With the largest one all are without memory.", f"{DOCUMENT} (3) B3", "accuracy 0.61 to 0.64",
          lambda t: judge_each(_map("accuracy", MAP[-1:])(t), "accuracy at 1.5 (no memory: 0.625)", 0.61, 0.64),
          remark="Above 0.5 the document extrapolates."),
    Claim("map_sum", "The sum of weights falls more than five times over the map.", f"{DOCUMENT} (3) B3", "> 5", _fall),
    Claim("map_self", "Self-weights take over the strongest tenth.", f"{DOCUMENT} (3) B3", "about 1.0 at the top",
          lambda t: judge(_map(OWN, MAP[-1:])(t), f"{OWN}, at 1.5", 0.97)),
    Claim("map_modular", "Modularity with self-weights rises above 0.2.", f"{DOCUMENT} (3) B3", "> 0.2", _top_q),
    Claim("map_modular_between", "Without self-weights it rises much less.", f"{DOCUMENT} (3) B3",
          ".06 to .11 against .08 to .2: less than half", _q_less),
    Claim("lengths_alone", "Paying for lengths alone makes strong connections short, too.", GROUPS, "r below 0",
          _of(LENGTH, "controls", LENGTHS, "r of |W| and distance, off the diagonal", judge_side, most=0)),
    Claim("joined_alone", "Paying for communicability alone leaves lengths alone.", GROUPS,
          "|r| < 0.06 in the mean (that of L1 networks)",
          _of(LENGTH, "controls", JOINED, "r of |W| and distance, off the diagonal", judge, least=-0.06, most=0.06)),
    Claim("shuffled", "With shuffled labels nothing is learned.", GROUPS, "accuracy 0.25 ± 0.15 in the mean",
          _of("accuracy", SHUFFLED, SERNN, "accuracy on the eight trials (chance 0.25)", judge, least=0.10, most=0.40)),
    Claim("hard", "On all sixteen trials, which the choices alone never give away, strong connections are short, too.",
          GROUPS, "r below 0",
          _of(LENGTH, HARD, SERNN, "r of |W| and distance, off the diagonal", judge_side, most=0)),
    Claim("none_sum", "Without a penalty the sum stays.", f"{DOCUMENT} (3) B3", "800 to 840",
          _of("Σ|W|", "map", NONE, "Σ|W|", least=800, most=840), "One of our four has 845 (seeds from 10)."),
    Claim("none_lengths", "Without a penalty lengths do not matter.", f"{DOCUMENT} (3) B3", "|r| < 0.06",
          _of(LENGTH, "map", NONE, "r of |W| and distance", least=-0.06, most=0.06)),
)  # fmt: skip

VARIANTS = (
    Variant("Small-worldness", "Until 2025 the ratio of efficiencies was upside down; the null is denser than the "
            "network and has loops.", "σ = (C / C₀) / (E₀ / E) against graphs of the same density; the published null "
            "beside it."),
    Variant("Modularity", "With self-weights, which cost nothing and inflate it; three definitions in paper, companion "
            "and demo.", "With and without self-weights, and binary; the share of self-weights beside them."),
    Variant("Comparison of groups", "Networks above 90 % of either group, whose sums of weights differ.",
            "Pairs that began alike, both above 90 %; the sum of weights is reported for both."),
    Variant("The shown demo", "A network that failed the task, without saying so.", "Accuracy stands beside every "
            "number; 0.625 needs no memory."),
    Variant("Wiring rules", "Thirteen growth models, fitted.", "Thirteen models, four distances; homophily of the "
            "finished graph beside them."),
)  # fmt: skip
