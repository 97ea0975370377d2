"""Resampling of trials: means of several, drawn with replacement among those of the same condition."""

from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from engine.recordings.session import Session

Groups = Int[Tensor, "trials units size"]


def groups(
    session: Session, which: Int[Tensor, " trials"], among: Int[Tensor, " some"], size: int, apart: bool,
    rng: torch.Generator,
) -> Groups:  # fmt: skip
    """For each of these trials and each unit, others of its condition among those named; the same for all units
    unless these are drawn `apart`. A condition is what the categories of the session say together."""
    drawn = session.rates.shape[2] if apart else 1
    of = _condition(session)
    found = torch.empty(len(which), drawn, size, dtype=torch.long)
    for value in of[which].unique():
        here, pool = of[which] == value, among[of[among] == value]
        shape = (int(here.sum()), drawn, size)
        found[here] = pool[torch.randint(len(pool), shape, generator=rng)]
    return found.expand(-1, session.rates.shape[2], -1)


def means(session: Session, which: Int[Tensor, " trials"], drawn: Groups) -> Session:
    """A session of the means of these groups, with the conditions and behaviour of the trials that they stand for.

    Inputs are those of the group of the first unit.
    """
    units = torch.arange(session.rates.shape[2])
    rates, inputs = session.rates.transpose(1, 2), torch.zeros(())
    total = torch.zeros(())
    for k in range(drawn.shape[2]):
        total = total + rates[drawn[..., k], units]
        inputs = inputs + session.inputs[drawn[:, 0, k]]
    size = drawn.shape[2]
    return replace(session.at(which), rates=(total / size).transpose(1, 2).contiguous(), inputs=inputs / size)


def _condition(session: Session) -> Int[Tensor, " trials"]:
    names = [v.name for v in session.variables if v.kind == "categorical" and v.name in session.conditions]
    if not names:
        return torch.zeros(session.trials, dtype=torch.long)
    table = torch.stack([session.conditions[name].long() for name in names], 1)
    return table.unique(dim=0, return_inverse=True)[1]
