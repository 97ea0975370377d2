"""Two populations are to be active alike."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.selectors import units
from engine.tasks.task import Epochs
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, RateObjective


class PopulationKL(RateObjective):
    """Kullback-Leibler divergence (nats) of the activity of the units from that of others, or from a given one.

    Every unit is compared with its partner of the same place in the other population, both as a Gaussian over trials
    and time; the cost is the mean over pairs or their sum. A silent unit has the least variance instead of none.
    """

    kind: Literal["population_kl"] = "population_kl"
    title: ClassVar[str] = "Population KL"
    source: ClassVar[str] = "nn4n (PopulationKL)"

    against: Annotated[
        str, Field(max_length=2000, description="The other population, as many units; empty is the given activity")
    ] = ""  # fmt: skip
    mean: Annotated[float, Field(description="Mean rate of the given activity"), Typical(0, 1, 0.05)] = 0.1
    sd: Annotated[float, Field(gt=0, description="Its standard deviation"), Typical(0.01, 1, 0.01)] = 0.1
    reduction: Annotated[
        Literal["mean", "sum"], Field(description="Over pairs of units; `of_pairs` has them one by one")
    ] = "mean"  # fmt: skip
    symmetric: Annotated[bool, Field(description="The mean of both directions; otherwise from the first only")] = True
    energy: Annotated[
        float, Field(ge=0, description="Factor of the mean summed square of the rates"), Typical(0, 0.1, 0.001)
    ] = 1e-3  # fmt: skip
    least_variance: Annotated[
        float, Field(gt=0, description="Variance of a unit that does not change"), Typical(1e-8, 1e-2, log=True)
    ] = 1e-6  # fmt: skip

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        found = super().given(connectome, epochs, address)
        if not self.against:
            return found
        others = torch.from_numpy(units(connectome, self.against, f"{address}.against")).nonzero().flatten()
        if len(others) != (many := len(found["units"]())):
            said = f"'{self.units}' has {many} units, but '{self.against}' has {len(others)}"
            raise Invalid(f"{said}; units are compared in pairs, so choose as many.", f"{address}.against")
        return {**found, "others": lambda: others}

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        energy = rates.square().sum(-1).mean((1, 2))
        if self.against:
            energy = energy + self._others(evidence).square().sum(-1).mean((1, 2))
        far = self.of_pairs(rates, evidence)
        return (far.mean(1) if self.reduction == "mean" else far.sum(1)) + self.energy * energy

    def of_pairs(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, "networks chosen"]:
        """The divergence of every pair, before reduction and without the energy."""
        mean, variance = self._moments(rates)
        if self.against:
            other_mean, other_variance = self._moments(self._others(evidence))
        else:
            other_mean, other_variance = torch.full_like(mean, self.mean), torch.full_like(mean, self.sd**2)
        far = divergence(mean, variance, other_mean, other_variance)
        return (far + divergence(other_mean, other_variance, mean, variance)) / 2 if self.symmetric else far

    def _others(self, evidence: Evidence) -> Float[Tensor, "networks trials chosen_steps chosen"]:
        whole = evidence.rates[:, :, evidence.given["steps"]] if self.epochs else evidence.rates
        return whole[..., evidence.given["others"]]

    def _moments(self, rates: Tensor) -> tuple[Tensor, Tensor]:
        variance, mean = torch.var_mean(rates, (1, 2), correction=0)
        return mean, variance.clamp(min=self.least_variance)


def divergence(
    mean: Float[Tensor, "networks units"],
    variance: Float[Tensor, "networks units"],
    other_mean: Float[Tensor, "networks units"],
    other_variance: Float[Tensor, "networks units"],
) -> Float[Tensor, "networks units"]:
    """KL(first || other) of two Gaussians."""
    off = (mean - other_mean).square()
    return ((other_variance / variance).log() + (variance + off) / other_variance - 1) / 2
