"""Stimuli of the twenty rules: how they are drawn, and how an observer reads them from noisy rings."""

import math
from dataclasses import dataclass

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
    coherence: Float[Tensor, " trials"],
    apart: float,
    angle: Float[Tensor, " trials"],
    rng: torch.Generator,
) -> Stimuli:
    """Stimuli for the rule of every trial; `yes`: the first is the stronger one, or the second asks for a response."""
    n, by_category = len(rule), (table.asks["same category"] | table.asks["other category"])[rule]
    asks = {name: of[rule] for name, of in table.asks.items()}
    alike = torch.where(asks["non-match"] | asks["other category"], ~yes, yes)
    first = torch.where(by_category, _inside(angle), angle)
    away = apart + torch.rand(n, generator=rng) * (2 * math.pi - 2 * apart)
    half = torch.div(first, math.pi, rounding_mode="floor")
    member = _inside((torch.where(alike, half, 1 - half) + torch.rand(n, generator=rng)) * math.pi)
    second = torch.where(by_category, member, first + torch.where(alike, torch.zeros(n), away))
    second = torch.where(asks["stronger"], first + math.pi, second)
    other = coherence[torch.randperm(n, generator=rng)] * (2 * torch.randint(2, (n,), generator=rng) - 1)
    advantage = torch.where(table.attended[rule], (coherence * (2 * yes - 1.0))[:, None], other[:, None])
    advantage = advantage * asks["stronger"][:, None]
    either = torch.nn.functional.one_hot(torch.randint(2, (n,), generator=rng), 2).bool()
    rings = torch.where(table.either[rule][:, None], either, table.rings[rule])
    strength = torch.stack([1 + advantage, 1 - advantage], 1) * rings[:, None]
    answer = torch.where(asks["opposite"], first + math.pi, torch.where(asks["first"], first, second))
    answer = torch.where(asks["stronger"] & yes, first, answer)
    return Stimuli(first, second, strength, answer, ~table.compares[rule] | yes)


def _inside(angle: Float[Tensor, " trials"]) -> Float[Tensor, " trials"]:
    """Directions squeezed into the two categories, away from their boundaries."""
    half = torch.div(angle, math.pi, rounding_mode="floor").clamp(0, 1)
    return half * math.pi + MARGIN + (angle - half * math.pi) * (1 - 2 * MARGIN / math.pi)


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
