"""A law that weights obey: what the dynamics read, what is restored after a step, and what the ledger counts."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import softplus

SMALLEST = 1e-6  # strength that softplus gives to a synapse of wanted strength 0, which it cannot reach


@dataclass(frozen=True, eq=False)
class Bounds:
    """The lowest and the highest lawful value of every weight; a side of length 1 stands for all units on it."""

    low: Float[Tensor, "#post #pre"]
    high: Float[Tensor, "#post #pre"]

    @classmethod
    def everything(cls) -> "Bounds":
        """Any weight is lawful."""
        return cls(torch.full((1, 1), -torch.inf), torch.full((1, 1), torch.inf))

    @classmethod
    def on(cls, exists: Bool[Tensor, "#post #pre"]) -> "Bounds":
        """Any weight is lawful where a connection exists, only 0 elsewhere."""
        reach = torch.zeros(exists.shape).masked_fill(exists, torch.inf)
        return cls(-reach, reach)

    def __and__(self, other: "Bounds") -> "Bounds":
        """Lawful under both."""
        return Bounds(torch.maximum(self.low, other.low), torch.minimum(self.high, other.high))


class Law(nn.Module, ABC):
    """The bounds of one weight matrix and the way in which its free parameters are kept inside them.

    Everything is elementwise over `[networks, post, pre]`. The free parameters are in the coordinates of the weights:
    `free` of a lawful weight is that weight itself, save for softplus. A weight of 0 is lawful under either sign.
    """

    low: Tensor
    high: Tensor

    def __init__(self, bounds: Bounds):
        super().__init__()
        self.register_buffer("low", bounds.low.clone(), persistent=False)
        self.register_buffer("high", bounds.high.clone(), persistent=False)

    @property
    def exists(self) -> Bool[Tensor, "#post #pre"]:
        """Where a weight other than 0 is lawful."""
        return (self.low < 0) | (self.high > 0)

    def violations(self, weights: Float[Tensor, "networks post pre"]) -> Int[Tensor, " networks"]:
        """How many weights of each network break the law. NaN counts as divergence, not as a violation."""
        return ((weights < self.low) | (weights > self.high)).flatten(1).sum(1)

    def folded(self, weights: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights with their strengths kept and their signs made lawful; 0 where no connection exists."""
        up, down = self.low >= 0, self.high <= 0
        weights = torch.where(up, weights.abs(), torch.where(down, -weights.abs(), weights))
        return torch.clamp(weights, self.low, self.high)

    @abstractmethod
    def lawful(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights that the dynamics read: lawful for any free parameters, and differentiable."""

    @abstractmethod
    def free(self, weights: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """Free parameters of which `lawful` makes these lawful weights."""

    @abstractmethod
    def after_step(self, free: Float[Tensor, "networks post pre"]) -> None:
        """Restore the law in place after an optimiser step."""

    @abstractmethod
    def audited(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """What the ledger counts: the parameters where they are the weights, else the weights made from them."""


class Projection(Law):
    """The optimiser moves the weights themselves; after each step every weight returns to the nearest lawful value.

    Mask and Dale's law are one clamp. The gradient of a synapse that does not exist is 0; all others are left as they
    are, also where they point out of bounds (Dale's backprop projects weights, not gradients).
    """

    movable: Tensor

    def __init__(self, bounds: Bounds):
        super().__init__(bounds)
        self.register_buffer("movable", (self.low < self.high).float(), persistent=False)
        self.is_free = bool(torch.isinf(self.low).all() and torch.isinf(self.high).all())

    def lawful(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The free weights inside their bounds."""
        return free if self.is_free else _Clamp.apply(free, self.low, self.high, self.movable)

    def free(self, weights: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights themselves."""
        return weights.clone()

    @torch.no_grad()
    def after_step(self, free: Float[Tensor, "networks post pre"]) -> None:
        """One clamp with bounds per weight, in place."""
        if not self.is_free:
            torch.clamp(free, self.low, self.high, out=free)

    def audited(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The parameters as the last step left them."""
        return free


class Magnitude(Law):
    """The optimiser moves free parameters, of which a function of fixed sign makes the weights.

    With s the sign of the presynaptic unit (0 where no connection exists) the weight is `f(s * free) * s`, where f is
    abs, relu or softplus. At a free parameter of exactly 0 we let abs and relu have the slope 1 (torch has 0), so that
    a synapse that exists but starts at 0 can grow. Below 0 relu has no slope: such a synapse stays silent. Softplus
    never reaches 0: a wanted weight of 0 becomes one of strength 1e-6.
    """

    sign: Tensor

    def __init__(self, bounds: Bounds, function: str):
        super().__init__(bounds)
        self.function = function
        self.register_buffer("sign", (self.high > 0).float() - (self.low < 0).float(), persistent=False)

    def lawful(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights made from the free parameters."""
        return STRENGTH[self.function](free * self.sign) * self.sign

    def free(self, weights: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights themselves, or for softplus their inverse."""
        if self.function != "softplus":
            return weights.clone()
        strength = weights.abs().clamp(min=SMALLEST)
        return (strength + torch.log(-torch.expm1(-strength))) * self.sign

    def after_step(self, free: Float[Tensor, "networks post pre"]) -> None:
        """Nothing to restore: any free parameters give lawful weights."""

    def audited(self, free: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks post pre"]:
        """The weights made from the free parameters."""
        return self.lawful(free)


class _Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, free: Tensor, low: Tensor, high: Tensor, movable: Tensor) -> Tensor:
        ctx.save_for_backward(movable)
        return torch.clamp(free, low, high)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (movable,) = ctx.saved_tensors
        return gradient * movable, None, None, None


def _absolute(free: Tensor) -> Tensor:
    return torch.where(free < 0, -free, free)  # slope 1 at 0, unlike torch.abs


STRENGTH: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": _absolute,
    "relu": lambda free: free.clamp(min=0),  # slope 1 at 0, unlike torch.relu
    "softplus": softplus,
}
