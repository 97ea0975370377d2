"""How claims on pairs of wirings are judged: differences by seed, and whether their interval leaves out 0."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.experiments.papers.goulas_2021.networks import MACAQUE_AT_HAND, OWN
from engine.experiments.papers.paper import Table
from engine.experiments.papers.verdict import Verdict, interval, judge, judge_each

Values = Callable[[Table], Float[np.ndarray, " n"]]
Judge = Callable[[Table], Verdict]


def values(measure: str, *variants: str) -> Values:
    """Those of all networks of these variants, one variant after the other."""
    return lambda table: np.concatenate([table.of(measure, variant=variant) for variant in variants])


def paired(measure: str, first: str, second: str) -> Values:
    """First minus second by seed: same trials, same draws of weights."""

    def differences(table: Table) -> Float[np.ndarray, " n"]:
        one, other = table.pairs(measure, first, second)
        return one - other

    return differences


def over_seeds(several: Iterable[Values]) -> Values:
    """The mean of several paired differences, seed by seed, so that a seed counts once."""
    all_of = tuple(several)

    def means(table: Table) -> Float[np.ndarray, " n"]:
        found = [found for one in all_of if len(found := one(table))]
        n = min(map(len, found), default=0)
        return np.mean([one[:n] for one in found], 0) if n else np.zeros(0)

    return means


def has_zero(differences: Float[np.ndarray, " n"], of: str, needs: int = 3) -> Verdict:
    """Whether the 95 % interval of differences contains 0; with few seeds it does so easily, as its width tells."""
    mean, low, high = interval(differences)
    n = len(differences)
    if n < needs:
        why = f"{n} pairs, but the claim needs {needs}."
        return Verdict("needs more runs", of, mean, low, high, n, 0.0, 0.0, why)
    word, verb = ("reproduced", "contains") if low <= 0 <= high else ("not reproduced", "leaves out")
    return Verdict(word, of, mean, low, high, n, 0.0, 0.0, f"The interval {low:.3g} to {high:.3g} {verb} 0.")


def no_gain(differences: Float[np.ndarray, " n"], of: str, needs: int = 3) -> Verdict:
    """Whether bio is not faster than its null: the 95 % interval of bio minus null is not wholly below 0."""
    mean, low, high = interval(differences)
    n = len(differences)
    if n < needs:
        return Verdict("needs more runs", of, mean, low, high, n, 0.0, math.inf, f"{n} pairs, but it needs {needs}.")
    word, verb = ("reproduced", "is not") if high >= 0 else ("not reproduced", "is")
    return Verdict(word, of, mean, low, high, n, 0.0, math.inf, f"The interval {low:.3g} to {high:.3g} {verb} below 0.")


def each(found: Values, of: str, **limits: Any) -> Callable[[Table], Verdict]:
    """Every value against the limits."""
    return lambda table: judge_each(found(table), of, **limits)


def mean(found: Values, of: str, **limits: Any) -> Callable[[Table], Verdict]:
    """The mean against the limits."""
    return lambda table: judge(found(table), of, **limits)


def of_macaque(judged: Judge) -> Judge:
    """A tolerance that was measured on the 29 macaque areas says nothing of networks wired by another connectome."""

    def told(table: Table) -> Verdict:
        verdict = judged(table)
        if is_of_macaque(table) or not verdict.n:
            return verdict
        why = "These networks are wired by another connectome than the macaque's, for which the tolerance was measured."
        return replace(verdict, word="needs more runs", why=why)

    return told


def is_of_macaque(table: Table) -> bool:
    """Whether the networks were wired by the published 29 areas, and not by what stands in for them."""
    of_own = table.rows["variant"].astype(str).str.startswith(f"{OWN}, ").any()
    return bool((table.of(MACAQUE_AT_HAND) == 1).any()) and not of_own
