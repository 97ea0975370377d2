"""Stimuli of the twenty rules: how they are drawn, and how an observer reads them from noisy rings."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.tasks.ring import direction, population_vector, preferred, unit_vector
from engine.tasks.yang_rules import Table

MARGIN = math.radians(15)  # directions keep so far from the boundaries of the categories


@dataclass(frozen=True, eq=False)
class Stimuli:
    """Two directions (rad), their strengths in both rings, and the answer: a direction, or fixation."""

    first: Float[Tensor, " trials"]
    second: Float[Tensor, " trials"]
    strength: Float[Tensor, "trials stimuli rings"]
    answer: Float[Tensor, " trials"]
    responds: Bool[Tensor, " trials"]


def draw(
    table: Table,
    rule: Int[Tensor, " trials"],
    yes: Bool[Tensor, " trials"],
    coherence: Float[np.ndarray, " trials"],
    apart: float,
    angle: Float[Tensor, " trials"],
    rng: torch.Generator,
) -> Stimuli:
    """Stimuli for the rule of every trial; `yes`: the first is the stronger one, or the second asks for a response.

    Arithmetic on a few numbers per trial is numpy's, whose calls take a fifth of the time of torch's.
    """
    chance, pi, says = torch.rand(5, len(rule), generator=rng).numpy(), np.float32(math.pi), yes.numpy()
    fact = table.facts_of(rule.numpy())
    alike = says ^ fact["unlike"]
    first = np.where(fact["by category"], _inside(angle.numpy()), angle.numpy())
    member = _inside((((first >= pi) == alike) + chance[1]) * pi)
    away = np.where(alike, 0, apart + chance[0] * (2 * math.pi - 2 * apart))
    opposite = first + pi
    second = np.where(fact["by category"], member, np.where(fact["stronger"], opposite, first + away))
    own = np.where(says, coherence, -coherence)
    other = coherence[chance[2].argsort()] * np.where(chance[3] < 0.5, -1, 1)
    ring_1 = chance[4] < 0.5
    strength = np.empty((len(rule), 2, 2), np.float32)
    for ring, here in enumerate((ring_1, ~ring_1)):
        shows = fact[f"shows {ring + 1}"] | fact["either"] & here
        advantage = np.where(fact[f"attends {ring + 1}"], own, other) * fact["stronger"]
        strength[:, 0, ring], strength[:, 1, ring] = (1 + advantage) * shows, (1 - advantage) * shows
    answer = np.where(fact["opposite"], opposite, np.where(fact["first"] | fact["stronger"] & says, first, second))
    found = (each.astype(np.float32) for each in (first, second, strength, answer))
    return Stimuli(*map(torch.from_numpy, found), torch.from_numpy(says | ~fact["compares"]))


def _inside(angle: Float[np.ndarray, " trials"]) -> Float[np.ndarray, " trials"]:
    """Directions squeezed into the two categories, away from their boundaries."""
    start = (angle >= np.float32(math.pi)) * np.float32(math.pi)
    return start + np.float32(MARGIN) + (angle - start) * np.float32(1 - 2 * MARGIN / math.pi)


def read(
    table: Table, rule: Int[Tensor, " trials"], seen: Float[Tensor, "trials stimuli rings units"], apart: float
) -> tuple[Float[Tensor, " trials"], Bool[Tensor, " trials"]]:
    """The answer (rad) and whether to respond, from the mean inputs while each of the two stimuli was on.

    The axis of two opposite directions is read from the second harmonic of the summed rings, the stronger end from the
    population vector of the attended ones.
    """
    asks = {name: of[rule] for name, of in table.asks.items()}
    first, second = (direction(population_vector(seen[:, i].sum(1))) for i in (0, 1))
    both = seen.sum(1)
    twice = unit_vector(2 * preferred(seen.shape[-1])).to(seen)
    axis = direction(both.sum(1) @ twice) / 2
    lean = population_vector((both * table.attended[rule][..., None]).sum(1))
    stronger = torch.where((lean * unit_vector(axis)).sum(-1) > 0, axis, axis + math.pi)
    alike = (first - second).cos() > math.cos(apart / 2)
    same_side = (first.sin() >= 0) == (second.sin() >= 0)
    responds = ~table.compares[rule] | (asks["match"] & alike) | (asks["non-match"] & ~alike)
    responds |= (asks["same category"] & same_side) | (asks["other category"] & ~same_side)
    answer = torch.where(asks["opposite"], first + math.pi, torch.where(asks["first"], first, second))
    return torch.where(asks["stronger"], stronger, answer), responds
