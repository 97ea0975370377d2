"""Which rule of growth explains the wiring of a network best."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from engine.analysis.generative_models import FAMILIES, RULES, fitted, grow_all
from engine.experiments.papers.paper import Table

STEP = 100  # connections; all networks of nearly as many are compared with the same grown ones


def energy_of(rule: str) -> str:
    """The measure of how well networks that grew by a rule fit, with the best exponents; lower is better."""
    return f"energy of growth by {rule}"


def energies(graph: Bool[np.ndarray, "units units"], distance: Float[np.ndarray, "units units"]) -> dict[str, float]:
    """That of all thirteen rules; nothing for a graph without connections."""
    count = int(np.triu(graph | graph.T, 1).sum())
    if not count:
        return {}
    grown = _grown(np.ascontiguousarray(distance, dtype=float).tobytes(), len(distance), -(-count // STEP) * STEP)
    best = fitted(graph, distance, grown).best()
    return {energy_of(rule): float(energy) for rule, energy in zip(best["rule"], best["energy"], strict=True)}


@lru_cache(maxsize=4)
def _grown(distance: bytes, units: int, connections: int) -> dict[str, Int[np.ndarray, "models connections 2"]]:
    return grow_all(np.frombuffer(distance).reshape(units, units), min(connections, units * (units - 1) // 2))


def of_family(table: Table, group: str, family: str) -> Float[np.ndarray, " networks"]:
    """By network of a group, the mean energy of the rules of a family."""
    found = [table.of(energy_of(rule), "groups", group) for rule in FAMILIES[family]]
    return np.mean(found, 0) if len({len(values) for values in found}) == 1 else np.zeros(0)


def homophily_less_others(table: Table, group: str) -> Float[np.ndarray, " networks"]:
    """By network, the mean energy of homophily less the least one of the other families; below 0 it fits best."""
    other = [of_family(table, group, family) for family in FAMILIES if family != "homophily"]
    return of_family(table, group, "homophily") - np.min(other, 0)


def known_rules(table: Table) -> tuple[str, ...]:
    """Those that were fitted."""
    there = {*table.rows["measure"]}
    return tuple(rule for rule in RULES if energy_of(rule) in there)
