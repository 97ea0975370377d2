"""A law that weights obey: what the dynamics read, what is restored after a step, and what the ledger counts."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

Factor = Float[Tensor, "*#weights"] | None


class Law(nn.Module, ABC):
    """The limits of one weight matrix and the way in which its free parameters are kept inside them.

    Everything is elementwise over `[networks, post, pre]`, or `[networks, post]` for biases. The free parameters are in
    the coordinates of the weights: `free` of a lawful weight is that weight itself, save for softplus and exponential;
    a low rank, whose parameters are two factors, is the one exception to all of this.
    A weight of 0 is lawful under either sign. `plasticity`, if it is not 1 everywhere, is the factor of every update.
    """

    low: Tensor
    high: Tensor
    movable: Tensor
    plasticity: Tensor | None
    frozen: Tensor | None
    held: Tensor | None
    further: tuple[str, ...] = ()  # what a law is made from besides limits and plasticity

    def __init__(self, low: Float[Tensor, "*#weights"], high: Float[Tensor, "*#weights"], plasticity: Factor = None):
        super().__init__()
        plastic = None if plasticity is None or bool((plasticity == 1).all()) else plasticity
        frozen = None if plastic is None or bool((plastic > 0).all()) else plastic == 0
        self.register_buffer("low", low.clone(), persistent=False)
        self.register_buffer("high", high.clone(), persistent=False)
        self.register_buffer("movable", (low < high).to(low) * (1 if frozen is None else ~frozen), persistent=False)
        self.register_buffer("plasticity", plastic, persistent=False)
        self.register_buffer("frozen", frozen, persistent=False)
        self.register_buffer("held", None, persistent=False)
        self.is_free = frozen is None and bool(torch.isinf(low).all() and torch.isinf(high).all())

    @property
    def exists(self) -> Bool[Tensor, "*#weights"]:
        """Where a weight other than 0 is lawful."""
        return (self.low < 0) | (self.high > 0)

    @property
    def allowed(self) -> UInt8[Tensor, "*#weights"]:
        """1 where positive weights are lawful, 2 where negative ones are, 3 for both, 0 where nothing but 0 is."""
        return (self.high > 0).to(torch.uint8) + 2 * (self.low < 0).to(torch.uint8)

    def allowing(self, allowed: UInt8[Tensor, "*#weights"]) -> "Law":
        """The same law, but with these signs in place of `allowed`; where they are the same the limits stay."""
        reach, zero, same = self.low.new_tensor(torch.inf), self.low.new_zeros(()), allowed == self.allowed
        low = torch.where((allowed & 2) > 0, torch.where(self.low < 0, self.low, -reach), zero)
        high = torch.where((allowed & 1) > 0, torch.where(self.high > 0, self.high, reach), zero)
        limits = torch.where(same, self.low, low), torch.where(same, self.high, high)
        return type(self)(*limits, self.plasticity, *self.further)

    def violations(self, weights: Float[Tensor, "networks *weights"]) -> Int[Tensor, " networks"]:
        """How many weights of each network break the law. NaN counts as divergence, not as a violation."""
        return self._outside(weights).flatten(1).sum(1)

    def counted(self, free: Float[Tensor, "networks *weights"]) -> Int[Tensor, " networks"]:
        """How many weights break the law or have moved though they are frozen, as the last step left them."""
        broken = self._outside(self.audited(free))
        if self.held is not None:
            broken = broken | ((free != self.held) & self.frozen & ~free.isnan())
        return broken.flatten(1).sum(1)

    @torch.no_grad()
    def hold(self, free: Float[Tensor, "networks *weights"]) -> None:
        """From now on the frozen synapses are to stay as they are."""
        self.held = None if self.frozen is None else free.detach().clone()

    @torch.no_grad()
    def slow(self, free: Float[Tensor, "networks *weights"], before: Float[Tensor, "networks *weights"]) -> None:
        """Shorten the last update in place by the plasticity; what is frozen is bit for bit as it was before."""
        free.copy_(torch.lerp(before, free, self.plasticity.expand_as(free)))
        if self.frozen is not None:
            torch.where(self.frozen, before, free, out=free)

    def folded(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights with their strengths kept and their signs made lawful; 0 where no connection exists."""
        strength, low, high = weights.abs(), self.low.to(weights), self.high.to(weights)  # of two types it takes twice
        signed = torch.where(low >= 0, strength, torch.where(high <= 0, -strength, weights))
        return torch.clamp(signed, low, high)

    def reachable(self, weights: Float[Tensor, "*networks post pre"]) -> Float[Tensor, "*networks post pre"]:
        """The nearest weights that free parameters can make, limits aside: these, unless the rank is low."""
        return weights

    def clamped(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The nearest lawful weights. Gradients pass, also where they point out of the limits, save to weights that
        cannot move."""
        return weights if self.is_free else _Clamp.apply(weights, self.low, self.high, self.movable)

    def _outside(self, weights: Tensor) -> Tensor:
        return (weights < self.low) | (weights > self.high)

    @abstractmethod
    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights that the dynamics read, differentiable: the lawful ones under every law but a faulty one."""

    @abstractmethod
    def lawful(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights that are shown and saved: lawful for any free parameters, and differentiable."""

    @abstractmethod
    def free(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """Free parameters of which `lawful` makes these lawful weights."""

    @abstractmethod
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """Restore the law in place after an optimiser step."""

    @abstractmethod
    def audited(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """What the ledger counts: the parameters where they are the weights, else the weights made from them."""


class _Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, free: Tensor, low: Tensor, high: Tensor, movable: Tensor) -> Tensor:
        ctx.save_for_backward(movable)
        return torch.clamp(free, low, high)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (movable,) = ctx.saved_tensors
        return gradient * movable, None, None, None
