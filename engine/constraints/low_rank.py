"""Low rank: recurrent weights that are a product of two thin matrices."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.component import Invalid
from engine.constraints.law import Factor, Law

TOLERANCE = 1e-4  # of the largest weight, by which saved weights may differ from their nearest product


class LowRank(Law):
    """W = M Nᵀ / n for n units, where M and N have `rank` columns each, and learn.

    The free parameters are both side by side, `[networks, post, 2 rank]`; the rank holds by construction. Weights start
    as the nearest ones of that rank. source: Mastrogiuseppe & Ostojic (2018) Neuron 99: 609.
    """

    def __init__(
        self,
        low: Float[Tensor, "*#weights"],
        high: Float[Tensor, "*#weights"],
        plasticity: Factor = None,
        rank: int = 1,
    ):
        """Raises Invalid where a synapse is limited at all, since that would break the rank."""
        super().__init__(low, high, plasticity)
        self.rank, self.further = rank, (rank,)
        if not self.is_free or self.plasticity is not None:
            said = f"Recurrent weights of rank {rank} cannot keep a mask, signs or limits synapse by synapse"
            raise Invalid(
                f"{said}; leave the rank empty, or switch connection mask and Dale's law off and remove what else "
                "limits or prunes W_rec.",
                "constraints.rank",
            )

    def forward(self, free: Float[Tensor, "networks units factors"]) -> Float[Tensor, "networks units units"]:
        """The product."""
        left, right = free.split(self.rank, -1)
        return left @ right.mT / free.shape[-2]

    def lawful(self, free: Float[Tensor, "networks units factors"]) -> Float[Tensor, "networks units units"]:
        """The product."""
        return self(free)

    def free(self, weights: Float[Tensor, "networks units units"]) -> Float[Tensor, "networks units factors"]:
        """Factors of equal length per column. Raises Invalid for weights of a higher rank."""
        if bool(self._outside(weights).any()):
            raise Invalid(f"These recurrent weights have a rank above {self.rank}.", "constraints.rank")
        left, strength, right = self._modes(weights)
        share = (strength * weights.shape[-1]).sqrt()[..., None, :]
        return torch.cat([left * share, right * share], -1).to(weights.dtype)

    def reachable(self, weights: Float[Tensor, "*networks units units"]) -> Float[Tensor, "*networks units units"]:
        """The nearest weights of this rank. source: Eckart & Young (1936) Psychometrika 1: 211."""
        left, strength, right = self._modes(weights)
        return ((left * strength[..., None, :]) @ right.mT).to(weights.dtype)

    def folded(self, weights: Float[Tensor, "networks units units"]) -> Float[Tensor, "networks units units"]:
        """The nearest weights of this rank."""
        return self.reachable(weights)

    def counted(self, free: Float[Tensor, "networks units factors"]) -> Int[Tensor, " networks"]:
        """None, whatever the factors are."""
        return torch.zeros(len(free), dtype=torch.long, device=free.device)

    def after_step(self, free: Float[Tensor, "networks units factors"]) -> None:
        """Nothing to restore."""

    def audited(self, free: Float[Tensor, "networks units factors"]) -> Float[Tensor, "networks units units"]:
        """The product."""
        return self(free)

    def _outside(self, weights: Float[Tensor, "networks units units"]) -> Bool[Tensor, "networks units units"]:
        largest = weights.abs().amax((-2, -1), keepdim=True)
        return (weights - self.reachable(weights)).abs() > TOLERANCE * largest

    def _modes(self, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        left, strength, right = torch.linalg.svd(weights.double())
        return left[..., : self.rank], strength[..., : self.rank], right.mT[..., : self.rank]
