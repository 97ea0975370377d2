"""Laws that hold by construction: a function of fixed sign makes the weights from free parameters."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from engine.constraints.law import Factor, Law

SMALLEST = 1e-6  # strength that softplus and exp give to a synapse of wanted strength 0, which they cannot reach


class Magnitude(Law):
    """The optimiser moves free parameters, of which a function of fixed sign makes the weights.

    With s the sign of the synapse (0 where no connection exists) the weight is `f(s * free) * s`, where f is abs, relu,
    softplus or exp; a synapse of free sign is its own parameter. At a free parameter of exactly 0 we let abs and relu
    have the slope 1 (torch has 0), so that a synapse that exists but starts at 0 can grow. Below 0 relu has no slope:
    such a synapse stays silent. Softplus and exp never reach 0: a wanted weight of 0 becomes one of strength 1e-6.
    Limits other than the sign are kept by a clamp, as in `Projection`.
    """

    sign: Tensor
    either: Tensor | None

    def __init__(
        self,
        low: Float[Tensor, "*#weights"],
        high: Float[Tensor, "*#weights"],
        plasticity: Factor = None,
        function: str = "abs",
    ):
        super().__init__(low, high, plasticity)
        either = (low < 0) & (high > 0)
        self.function, self.further = function, (function,)
        self.is_limited = bool((low.isfinite() & (low != 0)).any() or (high.isfinite() & (high != 0)).any())
        self.register_buffer("sign", (high > 0).to(low) - (low < 0).to(low), persistent=False)
        self.register_buffer("either", either if bool(either.any()) else None, persistent=False)

    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The lawful weights."""
        return self.lawful(free)

    def lawful(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights made from the free parameters."""
        moving = free if self.frozen is None else torch.where(self.frozen, free.detach(), free)
        weights = self._made(moving)
        return self.clamped(weights) if self.is_limited else weights

    def free(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights themselves, or for softplus and exp their inverse."""
        if self.function not in INVERSE:
            return weights.clone()
        free = INVERSE[self.function](weights.abs().clamp(min=SMALLEST)) * self.sign
        return free if self.either is None else torch.where(self.either, weights, free)

    @torch.no_grad()
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """Nothing to restore, unless there are limits other than the sign: then parameters beyond return to them."""
        if self.is_limited:
            made = self._made(free)
            beyond = self._outside(made) if self.frozen is None else self._outside(made) & ~self.frozen
            free.copy_(torch.where(beyond, self.free(made.clamp(self.low, self.high)), free))

    def audited(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights made from the free parameters."""
        return self.lawful(free)

    def _made(self, free: Tensor) -> Tensor:
        weights = STRENGTH[self.function](free * self.sign) * self.sign
        return weights if self.either is None else torch.where(self.either, free, weights)


def _absolute(free: Tensor) -> Tensor:
    return torch.where(free < 0, -free, free)  # slope 1 at 0, unlike torch.abs


STRENGTH: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": _absolute,
    "relu": lambda free: free.clamp(min=0),  # slope 1 at 0, unlike torch.relu
    "softplus": softplus,
    "exponential": torch.exp,
}
INVERSE: dict[str, Callable[[Tensor], Tensor]] = {
    "softplus": lambda strength: strength + torch.log(-torch.expm1(-strength)),
    "exponential": torch.log,
}
