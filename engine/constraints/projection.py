"""Laws whose free parameters are the weights themselves, brought back inside their limits when a step has left them."""

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from engine.constraints.law import Factor, Law


class Direct(Law):
    """The optimiser moves the weights themselves."""

    def lawful(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The free weights inside their limits."""
        return self.clamped(free)

    def free(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights themselves."""
        return weights.clone()

    def audited(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The parameters as the last step left them."""
        return free

    @abstractmethod
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """What is done in place after an optimiser step."""


class Projection(Direct):
    """After each step every weight returns to the nearest lawful value.

    Mask, Dale's law and rules are one clamp. The gradient of a synapse that does not exist, or is frozen, is 0; all
    others are left as they are, also where they point out of bounds (Dale's backprop projects weights, not gradients).
    """

    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The lawful weights."""
        return self.lawful(free)

    @torch.no_grad()
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """One clamp with bounds per weight, in place."""
        if not self.is_free:
            torch.clamp(free, self.low, self.high, out=free)


class FaultyRectifier(Direct):
    """As published, faulty: after each step all negative weights are set to 0, then multiplied by the signs of units.

    The weights are stored with their sign, so the first rectification deletes every inhibitory one, and what the
    optimiser adds to them later is deleted again. No sign is ever wrong, yet there is no inhibition: the ledger shows
    it as the share of inhibition. Weights of free sign are left alone. The published code takes the signs of the
    initial weights; we take those of the law, which differ only where an existing synapse starts at 0.
    """

    sign: Tensor

    def __init__(self, low: Float[Tensor, "*#weights"], high: Float[Tensor, "*#weights"], plasticity: Factor = None):
        super().__init__(low, high, plasticity)
        self.register_buffer("sign", (high > 0).to(low) - (low < 0).to(low), persistent=False)

    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The lawful weights."""
        return self.lawful(free)

    @torch.no_grad()
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """Rectified, signed, and cut to the limits of the law; frozen weights stay."""
        rectified = torch.where((self.low < 0) & (self.high > 0), free, free.clamp(min=0) * self.sign)
        rectified = rectified.clamp(self.low, self.high)
        free.copy_(rectified if self.frozen is None else torch.where(self.frozen, free, rectified))


class FaultyLateProjection(Direct):
    """As published, faulty: the law is restored when the forward pass of a training step begins, and at no other time.

    Forward passes that are not differentiated (evaluation) read the weights as the last step left them, unlawful, and
    the ledger counts these. Absent synapses have gradients and gather moments of the optimiser. nn4n also saves the
    unlawful weights; what we show and save is projected first.
    """

    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """In a training step the weights, projected in place; else the weights as they are."""
        if torch.is_grad_enabled() and free.requires_grad and bool(self._outside(free).any()):
            with torch.no_grad():
                free.copy_(free.clamp(self.low, self.high))
        return free

    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """Nothing: this is the fault."""
