"""How claims on pairs of wirings are judged: differences by seed, and whether their interval leaves out 0."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.experiments.papers.goulas_2021.conversion import MISCOUNTED
from engine.experiments.papers.goulas_2021.networks import BIO, MACAQUE_AT_HAND, OWN, PLAIN, RANDOM
from engine.experiments.papers.paper import Table
from engine.experiments.papers.possible import within
from engine.experiments.papers.verdict import Verdict, interval, judge, judge_each, needs_data

Values = Callable[[Table], Float[np.ndarray, " n"]]
Judge = Callable[[Table], Verdict]
FILES = {"macaque_markov29": "the file of the 29 macaque areas", "mouse_gamanut19": "the file of the 19 mouse areas"}


def values(measure: str, *variants: str) -> Values:
    """Those of all networks of these variants, one variant after the other."""
    return lambda table: np.concatenate([table.of(measure, variant=variant) for variant in variants])


def paired(measure: str, first: str, second: str) -> Values:
    """First minus second by seed: same trials, same draws of weights."""

    def differences(table: Table) -> Float[np.ndarray, " n"]:
        one, other = table.pairs(measure, first, second)
        return one - other

    return differences


def bio_less_random(measure: str, species: str) -> Values:
    """Of a species, weights as drawn."""
    return paired(measure, f"{species}, {BIO}, {PLAIN}", f"{species}, {RANDOM}, {PLAIN}")


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
    mean, low, high = within(of, interval(differences))
    n = len(differences)
    if n < needs:
        why = f"{n} pairs, but the claim needs {needs}."
        return Verdict("needs more runs", of, mean, low, high, n, 0.0, 0.0, why)
    word, verb = ("reproduced", "contains") if low <= 0 <= high else ("not reproduced", "leaves out")
    return Verdict(word, of, mean, low, high, n, 0.0, 0.0, f"The interval {low:.3g} to {high:.3g} {verb} 0.")


def no_gain(differences: Float[np.ndarray, " n"], of: str, needs: int = 3) -> Verdict:
    """Whether bio is not faster than its null: the 95 % interval of bio minus null is not wholly below 0."""
    mean, low, high = within(of, interval(differences))
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
        if not has_macaque(table):
            return _needs("macaque_markov29", verdict)
        why = "These networks are wired by another connectome than the macaque's, for which the tolerance was measured."
        return replace(verdict, word="needs more runs", why=why)

    return told


def of_file(file: str, judged: Judge) -> Judge:
    """A claim on a file: where nothing was measured though all that were at hand have been, it is lacking."""

    def told(table: Table) -> Verdict:
        verdict, were_measured = judged(table), len(table.of(MACAQUE_AT_HAND)) > 0
        return _needs(file, verdict) if were_measured and not verdict.n else verdict

    return told


def of_species(name: str, judged: Judge, is_beside: bool = False) -> Judge:
    """A claim on networks of a species; `is_beside` those that are trained of it where it is not the main one."""

    def told(table: Table) -> Verdict:
        verdict, there = judged(table), _species(table)
        stands_in = is_beside and name == "human" and not has_macaque(table)
        is_lacking = there and OWN not in there and (name not in there or stands_in)
        return _needs("macaque_markov29", verdict) if is_lacking and not verdict.n else verdict

    return told


def _needs(file: str, verdict: Verdict) -> Verdict:
    return needs_data(verdict, FILES[file], f"connectarium connectomes download {file}")


def _species(table: Table) -> set[str]:
    """Those that were at hand, as the conversion tells; none before it."""
    return {variant.partition(",")[0] for variant in table.rows.loc[table.rows["measure"] == MISCOUNTED, "variant"]}


def has_macaque(table: Table) -> bool:
    """Whether the 29 areas were at hand."""
    return bool((table.of(MACAQUE_AT_HAND) == 1).any())


def is_of_macaque(table: Table) -> bool:
    """Whether the networks were wired by the published 29 areas, and not by what stands in for them."""
    of_own = table.rows["variant"].astype(str).str.startswith(f"{OWN}, ").any()
    return has_macaque(table) and not of_own
