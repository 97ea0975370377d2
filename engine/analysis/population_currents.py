"""Population currents: what every population sends to every other one over a trial, and what that adds up to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from engine.analysis.variable_bins import Bins
from engine.component import Invalid


@dataclass(frozen=True, eq=False)
class Currents:
    """Mean drive per unit of the receiving population, over trials: from each source, from outside, and the bias.

    `of[post, pre, step]` is the mean over its units and trials of W r, where the rates r are those of the step before;
    `outside` is W_in u and the bias; dimensionless, as the state. Excitation and inhibition are its positive and its
    negative synapses, whatever their source.
    """

    names: tuple[str, ...]
    time_ms: Float[np.ndarray, " steps"]
    of: Float[np.ndarray, "post pre steps"]
    outside: Float[np.ndarray, "post steps"]
    excitation: Float[np.ndarray, "post steps"]
    inhibition: Float[np.ndarray, "post steps"]
    rates: Float[np.ndarray, "populations steps"]
    remarks: tuple[str, ...] = ()

    @property
    def net(self) -> Float[np.ndarray, "post steps"]:
        """All that a population receives."""
        return self.of.sum(1) + self.outside

    def table(self) -> pd.DataFrame:
        """One row per pair of populations and step."""
        post, pre, step = np.indices(self.of.shape)
        named = np.array(self.names, dtype=object)
        return pd.DataFrame({
            "post": named[post.ravel()], "pre": named[pre.ravel()], "time_ms": self.time_ms[step.ravel()],
            "current": self.of.ravel(),
        })  # fmt: skip


@dataclass(frozen=True, eq=False)
class CurrentsByCondition:
    """The currents of every condition, in the order of its bins."""

    bins: Bins
    each: tuple[Currents, ...]
    remarks: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per condition, pair of populations and step."""
        named = zip(self.bins.in_table, self.each, strict=True)
        return pd.concat([found.table().assign(**{self.bins.column: value}) for value, found in named])


@torch.no_grad()
def population_currents(
    W_rec: Float[Tensor, "units units"],
    W_in: Float[Tensor, "units inputs"],
    bias: Float[Tensor, " units"],
    rates: Float[Tensor, "trials steps units"],
    inputs: Float[Tensor, "trials steps inputs"],
    groups: tuple[str, ...],
    dt_ms: float,
    first: Float[Tensor, "trials units"] | None = None,
) -> Currents:
    """The currents in one network; before the first step rates are the `first` ones, or 0 where these are not known."""
    if rates.shape[2] != len(groups):
        raise Invalid(f"{rates.shape[2]} units were recorded, but {len(groups)} have a population.")
    names = tuple(dict.fromkeys(groups))
    member = torch.tensor([[float(group == name) for group in groups] for name in names], dtype=torch.float64)
    mean = member / member.sum(1, keepdim=True)
    W, by_unit = W_rec.double(), rates.double().mean(0)  # currents are linear in the rates: the mean may come first
    begun = torch.zeros_like(by_unit[:1]) if first is None else first.double().mean(0, keepdim=True)
    before = torch.cat([begun, by_unit[:-1]])
    to_group = mean @ W  # [post groups, pre units]
    sent = torch.einsum("au,bu,tu->abt", to_group, member, before)
    outside = mean @ (W_in.double() @ inputs.double().mean(0).T + bias.double()[:, None])
    parts = [(mean @ part) @ before.T for part in (W.clamp(min=0), W.clamp(max=0))]
    time = np.arange(len(by_unit)) * dt_ms
    return Currents(names, time, *(x.numpy() for x in (sent, outside, *parts, mean @ by_unit.T)))
